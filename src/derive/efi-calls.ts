/**
 * The UEFI services that the guest called, from the ports through which it did (uefi/thunk.ts): a
 * call is one OUT, its answer the INs behind it, and other calls may lie between.
 */
import { hex } from '../base/number-text.js';
import { wide } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import { Call, readString } from '../uefi/call.js';
import type { GuestView } from '../uefi/guest-view.js';
import { guidName, guidText, GUID_BYTES } from '../uefi/guids.js';
import { SERVICES, WITHOUT_STATUS } from '../uefi/services.js';
import { narrow, type Argument } from '../uefi/signature.js';
import { statusName } from '../uefi/status.js';
import { CALL_PORT, Command } from '../uefi/thunk.js';
import { physicalBytes } from '../trace/read/physical.js';
import type { PortAccess } from '../trace/read/events.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { DerivedSink } from './sink.js';

/** Steps whose port accesses are read at a time. */
const CHUNK_STEPS = 65_536;
/** A longer text is cut, and says so. */
const MAX_TEXT = 256;

/** Words that follow a command; those of `write` are followed by bytes. */
const OPERANDS: Readonly<Record<number, number>> = {
  [Command.return]: 2,
  [Command.write]: 2,
  [Command.fill]: 3,
  [Command.copy]: 3,
  [Command.copyDown]: 3,
  [Command.call]: 4,
  [Command.unwind]: 1,
};

interface OpenCall {
  readonly step: number;
  readonly depth: number;
  readonly service: string;
  readonly hasStatus: boolean;
  readonly arguments: string;
  readonly stackPointer: number;
  /** Words of the command that is being read. */
  words: number[];
}

/** Sends a row for each call, in the order in which they were made. */
export function deriveEfiCalls(file: TraceFile, sink: DerivedSink): void {
  // To other guests the ports are what they are.
  if (file.meta.get('guest_format') !== 'efi') return;
  const pass = new EfiCalls(file);
  for (let from = 0; from < file.stepCount; from += CHUNK_STEPS) {
    for (const access of file.events.ports(from, Math.min(file.stepCount, from + CHUNK_STEPS))) {
      if (access.port === CALL_PORT && access.size === 4) pass.access(access);
    }
  }
  pass.finish(sink);
}

interface EndedCall extends OpenCall {
  readonly status: bigint | undefined;
  readonly returnStep: number | undefined;
}

class EfiCalls {
  readonly #file: TraceFile;
  /** Calls that are being answered, innermost last. */
  readonly #open: OpenCall[] = [];
  readonly #ended: EndedCall[] = [];

  constructor(file: TraceFile) {
    this.#file = file;
  }

  access({ step, direction, data }: PortAccess): void {
    const word = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
    if (direction === 'out') this.#called(step, word);
    else this.#answered(step, word);
  }

  finish(sink: DerivedSink): void {
    for (const call of this.#open)
      this.#ended.push({ ...call, status: undefined, returnStep: undefined });
    const sorted = this.#ended.sort((a, b) => a.step - b.step);
    for (const [id, call] of sorted.entries()) {
      const { step, depth, service, status, returnStep } = call;
      const name = status === undefined ? undefined : statusName(status);
      sink.efiCall({
        id,
        step,
        depth,
        service,
        arguments: call.arguments,
        status,
        statusName: name,
        returnStep,
      });
    }
  }

  #called(step: number, number: number): void {
    const service = SERVICES[number];
    if (service === undefined) return;
    const guest = guestAt(this.#file, step);
    const call = new Call(guest, service);
    const told = service.arguments.map((argument, index) => [
      argument.name,
      tell(guest, call, argument, index),
    ]);
    this.#open.push({
      step,
      depth: this.#open.length,
      service: `${service.table}.${service.name}`,
      hasStatus: !WITHOUT_STATUS.has(service),
      arguments: JSON.stringify(Object.fromEntries(told)),
      stackPointer: call.stackPointer,
      words: [],
    });
  }

  #answered(step: number, word: number): void {
    const call = this.#open.at(-1);
    if (call === undefined) return;
    call.words.push(word);
    const [command, ...operands] = call.words;
    if (operands.length < (OPERANDS[command!] ?? 0)) return;
    call.words = [];
    if (command === Command.return) {
      this.#open.pop();
      const status = wide(operands[0]!, operands[1]!);
      this.#ended.push({ ...call, status: call.hasStatus ? status : undefined, returnStep: step });
    } else if (command === Command.unwind) {
      this.#unwind(operands[0]!);
    }
  }

  /** What was called within the StartImage whose frame this is never returns; nor does the Exit. */
  #unwind(stackPointer: number): void {
    const at = this.#open.findLastIndex((call) => call.stackPointer === stackPointer);
    if (at < 0) return;
    for (const call of this.#open.splice(at + 1)) {
      this.#ended.push({ ...call, status: undefined, returnStep: undefined });
    }
  }
}

/** The guest in a state, from the trace. */
function guestAt(file: TraceFile, state: number): GuestView {
  return {
    register: (index) => file.registers.last(index, state)?.value ?? 0n,
    read(gpa, sizeBytes) {
      const parts: Uint8Array[] = [];
      for (let at = gpa; at < gpa + sizeBytes;) {
        const length = Math.min(gpa + sizeBytes, at - (at % PAGE_BYTES) + PAGE_BYTES) - at;
        const part = physicalBytes(file.memory, at, length, state);
        if (part === undefined) return undefined;
        parts.push(part);
        at += length;
      }
      return Buffer.concat(parts);
    },
  };
}

/** An argument as people want to read it: text and names in place of pointers to them. */
function tell(
  guest: GuestView,
  call: Call,
  { kind }: Argument,
  index: number,
): number | string | boolean {
  let value: bigint;
  try {
    value = narrow(call.raw(index), kind);
  } catch {
    return '?';
  }
  const digits = hex(value);
  switch (kind) {
    case 'bool':
      return value !== 0n;
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : digits;
    case 'guid': {
      const bytes = value === 0n ? undefined : guest.read(Number(value), GUID_BYTES);
      return bytes === undefined ? digits : guidName(guidText(bytes));
    }
    case 'string': {
      const text =
        value === 0n ? undefined : readString((at, size) => guest.read(at, size), Number(value));
      if (text === undefined) return digits;
      return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
    }
    default:
      return digits;
  }
}
