/** What a step changed or exchanged, in the words of a listing. */
import type { Interruption, MmioAccess, PortAccess } from '../trace/read/events.js';
import type { StepAccess } from '../query/step-accesses.js';
import type { MemoryChange, RegisterChange, StepRecord } from '../query/step-records.js';
import { flagChanges } from './flags.js';
import { compactHex, hex, hexBytes, littleEndian } from '../base/number-text.js';
import { printable } from '../base/printable.js';

/** `change`: of the machine's own state; `faint`: what stayed; `event`: between it and the outside. */
export interface Piece {
  readonly kind: 'change' | 'faint' | 'event';
  readonly text: string;
}

const MAX_NUMBER_BYTES = 8;
/** Bytes of memory that are shown before `…`: of a change half as many before it and after it. */
const SHOWN_BYTES = 16;
/** Ports whose bytes are text: Bochs' and QEMU's debug ports, COM1. */
const CONSOLE_PORTS = [0xe9, 0x402, 0x3f8];

/** The pieces that stand behind an instruction in a listing, in the order of their kinds. */
export function describeChanges(record: StepRecord): Piece[] {
  const change = (text: string): Piece => ({ kind: 'change', text });
  const event = (text: string): Piece => ({ kind: 'event', text });
  return [
    ...record.registers.map((each) => change(describeRegister(each))),
    ...record.memory.map((each) => change(describeMemory(each))),
    ...(record.accesses ?? []).flatMap((each) => describeAccess(each, record.memory)),
    ...record.ports.map((each) => event(describePort(each))),
    ...record.mmio.map((each) => event(describeMmio(each))),
    ...record.inputs.map(({ kind, value }) => event(`input ${printable(kind)} ${hex(value)}`)),
    ...(record.assisted ? [event('done by the recorder')] : []),
  ];
}

function describeRegister({ name, before, after }: RegisterChange): string {
  const label = printable(name);
  if (before === undefined) return `${label} ?→${compactHex(after)}`;
  if (name === 'rflags') {
    const flags = flagChanges(before, after);
    if (flags !== '') return `${label} ${flags}`;
  }
  return `${label} ${compactHex(before)}→${compactHex(after)}`;
}

/** `[0x7ff8]:8 0x2→0x3`. */
function describeMemory({ gpa, before, after }: MemoryChange): string {
  const arrow = after.length <= MAX_NUMBER_BYTES ? '→' : ' → ';
  const [old, now] = [before, after].map((bytes) => valueText(bytes, SHOWN_BYTES / 2));
  return `${range(gpa, after.length)} ${old}${arrow}${now}`;
}

/** What the changes do not tell already: `[0x7ff8]:8 read 0x2`, `[0x7ff8]:8 wrote 0x3 (unchanged)`. */
function describeAccess(access: StepAccess, changes: readonly MemoryChange[]): Piece[] {
  const { gpa, size, reads, writes, silent, before } = access;
  const isTold = changes.some(
    (change) => change.gpa <= gpa && gpa + size <= change.gpa + change.after.length,
  );
  if (writes && !silent && (!reads || isTold)) return [];
  const did = !writes || !silent ? 'read' : reads ? 'read and wrote' : 'wrote';
  const unchanged = writes && silent ? ' (unchanged)' : '';
  return [{ kind: 'faint', text: `${range(gpa, size)} ${did} ${valueText(before)}${unchanged}` }];
}

function range(gpa: number, length: number): string {
  return `[${hex(gpa)}]:${length}`;
}

/** A number where a register could hold it, as registers are shown; else bytes. */
function valueText(bytes: Uint8Array, most = SHOWN_BYTES): string {
  return bytes.length <= MAX_NUMBER_BYTES
    ? compactHex(littleEndian(bytes))
    : firstBytes(bytes, most);
}

function firstBytes(bytes: Uint8Array, most = SHOWN_BYTES): string {
  const shown = hexBytes(bytes.subarray(0, most), ' ');
  return bytes.length <= most ? shown : `${shown} …`;
}

function describePort({ port, direction, size, count, data }: PortAccess): string {
  const name = count === 1 ? direction : direction === 'in' ? 'ins' : 'outs';
  const arrow = direction === 'in' ? ' →' : '';
  return `${name} ${hex(port)}${arrow} ${describePortData(port, size, data)}`;
}

function describePortData(port: number, size: number, data: Uint8Array): string {
  if (size === 1 && CONSOLE_PORTS.includes(port)) {
    const text = printable(Buffer.from(data.subarray(0, SHOWN_BYTES)).toString('latin1'));
    return data.length <= SHOWN_BYTES ? `'${text}'` : `'${text}…' (${data.length} bytes)`;
  }
  return data.length === size ? hex(littleEndian(data)) : describeBytes(data);
}

function describeBytes(bytes: Uint8Array): string {
  const shown = firstBytes(bytes);
  return bytes.length <= SHOWN_BYTES ? shown : `${shown} (${bytes.length} bytes)`;
}

function describeMmio({ gpa, direction, data }: MmioAccess): string {
  const arrow = direction === 'read' ? '→' : '←';
  return `mmio ${direction} [${hex(gpa)}] ${arrow} ${hex(littleEndian(data))}`;
}

/** Vectors 0 to 21 by their mnemonics (SDM vol. 3, table 6-1). */
const VECTORS = [
  '#DE', '#DB', 'NMI', '#BP', '#OF', '#BR', '#UD', '#NM', '#DF', '', '#TS',
  '#NP', '#SS', '#GP', '#PF', '', '#MF', '#AC', '#MC', '#XM', '#VE', '#CP',
]; // prettier-ignore

/** `fault #PF (vector 14), error code 0x2, cr2 0x1234, at rip 0x1000`. */
export function describeInterruption(interruption: Interruption): string {
  const { kind, vector, errorCode, cr2, rip, assisted } = interruption;
  const mnemonic = kind === 'interrupt' || kind === 'software' ? '' : (VECTORS[vector] ?? '');
  const named = mnemonic === '' ? `${kind} ${hex(vector)}` : `${kind} ${mnemonic}`;
  return [
    named,
    errorCode === undefined ? [] : `error code ${hex(errorCode)}`,
    cr2 === undefined ? [] : `cr2 ${hex(cr2)}`,
    `at rip ${hex(rip)}`,
    assisted ? 'delivered by the recorder' : [],
  ]
    .flat()
    .join(', ');
}
