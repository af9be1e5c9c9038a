/** Console protocols (UEFI 2.10, 12.2–12.4). */
import type { Call } from '../../../uefi/call.js';
import { TEXT_SIZE } from '../../console.js';
import { handlers, type Efi } from '../efi.js';
import { TEXT_MODE } from '../layout.js';
import { TEXT_INPUT, TEXT_INPUT_EX, TEXT_OUTPUT } from '../../../uefi/services.js';
import { efiError, fail, EFI_SUCCESS } from '../../../uefi/status.js';

/** EFI_KEY_STATE: shift state valid, toggle state valid; none of their keys is down. */
const KEY_STATE = [0x8000_0000, 0x80] as const;
const HIGHEST_ATTRIBUTE = 0x7f;

function tellCursor(efi: Efi, call: Call): void {
  const bytes = new Uint8Array(Int32Array.of(efi.console.column, efi.console.row).buffer);
  call.reply.write(efi.layout.textMode + TEXT_MODE.column, bytes);
}

function moveTo(efi: Efi, call: Call, column: number, row: number): bigint {
  efi.console.moveTo(column, row);
  tellCursor(efi, call);
  return EFI_SUCCESS;
}

function readKey(efi: Efi, call: Call, withState: boolean): bigint | undefined {
  const at = call.address(1);
  const key = efi.console.takeKey();
  if (key === undefined) return efiError('EFI_NOT_READY');
  const bytes = Buffer.alloc(withState ? 12 : 4);
  bytes.writeUInt16LE(key.scanCode, 0);
  bytes.writeUInt16LE(key.character, 2);
  if (withState) {
    bytes.writeUInt32LE(KEY_STATE[0], 4);
    bytes.writeUInt8(KEY_STATE[1], 8);
  }
  call.reply.write(at, bytes);
  return undefined;
}

/** The handlers of the console protocols. */
export const consoleServices = [
  ...handlers(TEXT_OUTPUT, {
    Reset: (efi, call) => moveTo(efi, call, 0, 0),

    OutputString(efi, call) {
      efi.console.print(call.string(1));
      tellCursor(efi, call);
      return undefined;
    },

    TestString: () => undefined,

    QueryMode(_efi, call) {
      if (call.number(1) !== 0) return efiError('EFI_UNSUPPORTED');
      call.reply.u64(call.address(2), TEXT_SIZE.columns);
      call.reply.u64(call.address(3), TEXT_SIZE.rows);
      return undefined;
    },

    SetMode: (efi, call) =>
      call.number(1) === 0 ? moveTo(efi, call, 0, 0) : efiError('EFI_UNSUPPORTED'),

    SetAttribute(efi, call) {
      const attribute = call.number(1);
      if (attribute > HIGHEST_ATTRIBUTE) return efiError('EFI_UNSUPPORTED');
      call.reply.u32(efi.layout.textMode + TEXT_MODE.attribute, attribute);
      return undefined;
    },

    ClearScreen: (efi, call) => moveTo(efi, call, 0, 0),

    SetCursorPosition(efi, call) {
      const [column, row] = [call.number(1), call.number(2)];
      if (column >= TEXT_SIZE.columns || row >= TEXT_SIZE.rows) return efiError('EFI_UNSUPPORTED');
      return moveTo(efi, call, column, row);
    },

    EnableCursor(efi, call) {
      call.reply.write(
        efi.layout.textMode + TEXT_MODE.isCursorVisible,
        Uint8Array.of(call.number(1) === 0 ? 0 : 1),
      );
      return undefined;
    },
  }),

  ...handlers(TEXT_INPUT, {
    Reset: () => undefined,
    ReadKeyStroke: (efi, call) => readKey(efi, call, false),
  }),

  ...handlers(TEXT_INPUT_EX, {
    Reset: () => undefined,
    ReadKeyStrokeEx: (efi, call) => readKey(efi, call, true),
    SetState: () => undefined,

    /** Keys come when they are asked for: none ever notifies. */
    RegisterKeyNotify(efi, call) {
      if (call.optional(3) === 0) fail('EFI_INVALID_PARAMETER');
      call.reply.u64(call.address(4), efi.layout.textInputEx);
      return undefined;
    },

    UnregisterKeyNotify: () => undefined,
  }),
];
