/**
 * Text traces for Tenet, the trace explorer for IDA and Binary Ninja. A line is a state: what the step before
 * it changed, and the address of the instruction that is next. The first line has all registers.
 *
 * Its reader (plugins/tenet/trace/file.py) knows the general registers and the instruction pointer,
 * of 64 bits (`rax`) or of 32 (`eax`), and memory as `mr=` and `mw=`; it gives up on any other name.
 */
import type { StepBatch } from '../trace/read/step-batches.js';
import { GENERAL_REGISTERS } from '../trace/format/registers.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { LinearAccesses, type LinearAccess } from './linear-accesses.js';

/** For Tenet. */
export const tenet = singleFile(chunks);

const MASK_32 = 0xffff_ffffn;

/** What registers are called, and how wide they are. */
interface Architecture {
  readonly pointer: string;
  /** By register.id; those beyond are not told. */
  readonly names: readonly string[];
  readonly mask: bigint | undefined;
}

const AMD64: Architecture = { pointer: 'rip', names: GENERAL_REGISTERS, mask: undefined };
const X86: Architecture = {
  pointer: 'eip',
  names: GENERAL_REGISTERS.slice(0, 8).map((name) => name.replace('r', 'e')),
  mask: MASK_32,
};

function* chunks(source: ExportSource): Generator<Chunk> {
  const { trace, from, to, progress } = source;
  if (from >= to) return;
  const architecture = architectureOf(source);
  const accesses = new LinearAccesses(trace, from);
  let changes = allRegisters(source, architecture);
  for (const batch of trace.stepBatches(from, to)) {
    const { first, count, instruction } = batch;
    for (let i = 0; i < count; i++) {
      const { address } = trace.instruction(instruction[i]!);
      yield line(changes, address, architecture);
      changes = [
        ...registerItems(batch, i, architecture),
        ...accesses.step(batch, i).map(memoryItem),
      ];
    }
    progress(first + count);
  }
  // Only of a trace that was cut short is it not known where the last step led to.
  const { address } = trace.state(to);
  if (address !== undefined) yield line(changes, address, architecture);
}

function line(items: readonly string[], address: bigint, { pointer, mask }: Architecture): string {
  const place = `${pointer}=${hex(address, mask)}`;
  return `${[...items, place].join()}\n`;
}

/** That of 64-bit guests as soon as any of the code is 64-bit: their boot code is often not. */
function architectureOf({ trace, from, to }: ExportSource): Architecture {
  const wide = trace.query(
    `SELECT 1 FROM instruction i WHERE mode = 64
     AND EXISTS (SELECT 1 FROM step WHERE instruction = i.id AND id >= ${from} AND id < ${to}) LIMIT 1`,
  );
  return [...wide.rows].length > 0 ? AMD64 : X86;
}

function allRegisters({ trace, from }: ExportSource, { names, mask }: Architecture): string[] {
  const state = trace.state(from);
  return names.map((name, id) => {
    const value = state.register(GENERAL_REGISTERS[id]!) ?? 0n;
    return `${name}=${hex(value, mask)}`;
  });
}

function registerItems(
  { registers }: StepBatch,
  i: number,
  { names, mask }: Architecture,
): string[] {
  const items: string[] = [];
  for (let row = registers.start[i]!; row < registers.start[i + 1]!; row++) {
    const name = names[registers.register[row]!];
    if (name !== undefined) items.push(`${name}=${hex(registers.value[row]!, mask)}`);
  }
  return items;
}

function memoryItem({ kind, address, bytes }: LinearAccess): string {
  const name = kind === 'read' ? 'mr' : 'mw';
  return `${name}=${hex(address)}:${Buffer.from(bytes).toString('hex')}`;
}

function hex(value: bigint, mask?: bigint): string {
  return `0x${(mask === undefined ? value : value & mask).toString(16)}`;
}
