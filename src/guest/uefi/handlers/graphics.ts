/** Graphics output (UEFI 2.10, 12.9): one mode, whose frame buffer is guest memory. */
import type { Call } from '../../../uefi/call.js';
import { handlers, type Efi } from '../efi.js';
import { SCREEN } from '../layout.js';
import { MemoryType } from '../memory-map.js';
import { GRAPHICS_OUTPUT } from '../../../uefi/services.js';
import { efiError, fail, EFI_SUCCESS } from '../../../uefi/status.js';

const INFO_BYTES = 36;
const PIXEL_BYTES = 4;
const Operation = { fill: 0, videoToBuffer: 1, bufferToVideo: 2, videoToVideo: 3 } as const;

interface Rectangle {
  readonly x: number;
  readonly y: number;
}

function blt(efi: Efi, call: Call): bigint | undefined {
  const operation = call.number(2);
  const [width, height] = [call.number(7), call.number(8)];
  const source = { x: call.number(3), y: call.number(4) };
  const destination = { x: call.number(5), y: call.number(6) };
  if (width === 0 || height === 0) fail('EFI_INVALID_PARAMETER');
  const isOnScreen = ({ x, y }: Rectangle): boolean =>
    x + width <= SCREEN.width && y + height <= SCREEN.height;
  const buffer = operation === Operation.videoToVideo ? 0 : call.address(1);
  const pitch = call.number(9) === 0 ? width * PIXEL_BYTES : call.number(9);
  const onScreen = ({ x, y }: Rectangle, row: number): number =>
    efi.layout.frameBuffer + ((y + row) * SCREEN.width + x) * PIXEL_BYTES;
  const inBuffer = ({ x, y }: Rectangle, row: number): number =>
    buffer + (y + row) * pitch + x * PIXEL_BYTES;
  const copyRows = (
    to: (row: number) => number,
    from: (row: number) => number,
    upwards = false,
  ): bigint => {
    for (let i = 0; i < height; i++) {
      const row = upwards ? height - 1 - i : i;
      call.reply.copy(to(row), from(row), width * PIXEL_BYTES);
    }
    return EFI_SUCCESS;
  };
  switch (operation) {
    case Operation.fill: {
      if (!isOnScreen(destination)) fail('EFI_INVALID_PARAMETER');
      const pixel = call.read(buffer, PIXEL_BYTES);
      call.reply.write(onScreen(destination, 0), Buffer.alloc(width * PIXEL_BYTES, pixel));
      // The first row is there when the others are copied from it.
      for (let row = 1; row < height; row++) {
        call.reply.copy(onScreen(destination, row), onScreen(destination, 0), width * PIXEL_BYTES);
      }
      return undefined;
    }
    case Operation.bufferToVideo:
      if (!isOnScreen(destination)) fail('EFI_INVALID_PARAMETER');
      call.read(inBuffer(source, height - 1), width * PIXEL_BYTES);
      return copyRows(
        (row) => onScreen(destination, row),
        (row) => inBuffer(source, row),
      );
    case Operation.videoToBuffer:
      if (!isOnScreen(source)) fail('EFI_INVALID_PARAMETER');
      call.read(inBuffer(destination, height - 1), width * PIXEL_BYTES);
      return copyRows(
        (row) => inBuffer(destination, row),
        (row) => onScreen(source, row),
      );
    case Operation.videoToVideo:
      if (!isOnScreen(source) || !isOnScreen(destination)) fail('EFI_INVALID_PARAMETER');
      return copyRows(
        (row) => onScreen(destination, row),
        (row) => onScreen(source, row),
        destination.y > source.y,
      );
    default:
      return fail('EFI_INVALID_PARAMETER');
  }
}

/** The handlers of graphics output. */
export const graphicsServices = handlers(GRAPHICS_OUTPUT, {
  QueryMode(efi, call) {
    if (call.number(1) !== 0) return efiError('EFI_INVALID_PARAMETER');
    const [sizeAt, infoAt] = [call.address(2), call.address(3)];
    // The caller frees it.
    const info = efi.pool.allocate(MemoryType.bootServicesData, INFO_BYTES);
    call.reply.write(info, call.read(efi.layout.graphicsInfo, INFO_BYTES));
    call.reply.u64(sizeAt, INFO_BYTES);
    call.reply.u64(infoAt, info);
    return undefined;
  },

  SetMode(efi, call) {
    if (call.number(1) !== 0) return efiError('EFI_UNSUPPORTED');
    call.reply.fill(efi.layout.frameBuffer, SCREEN.width * SCREEN.height * PIXEL_BYTES, 0);
    return undefined;
  },

  Blt: blt,
});
