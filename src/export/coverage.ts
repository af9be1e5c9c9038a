/** How often code ran, and what of it did not: what coverage formats have in common. */
import type { Instruction } from '../trace/read/instructions.js';
import type { ExportSource } from './exporter.js';

/** Coverage of one file of text. */
export interface CoveredFile {
  readonly path: string;
  readonly functions: readonly CoveredFunction[];
  /** By number, from 1 on; only those that stand for code. */
  readonly lines: readonly CoveredLine[];
}

/** A function, by the line that it begins in. */
export interface CoveredFunction {
  readonly name: string;
  readonly line: number;
  /** How often it was entered. */
  readonly count: number;
}

/** A line of a source file and how often it ran. */
export interface CoveredLine {
  readonly line: number;
  /** How often it ran. */
  readonly count: number;
}

/** Code that ran in a range, and how often. */
export interface ExecutedCode {
  readonly instruction: Instruction;
  readonly count: number;
}

/** The code that ran in a range, by linear address; of code that changed, what ran most. */
export function executedCode({
  trace,
  from,
  to,
  progress,
}: ExportSource): Map<bigint, ExecutedCode> {
  const counts = new Map<number, number>();
  for (const { first, count, instruction } of trace.stepBatches(from, to)) {
    for (let i = 0; i < count; i++) {
      const id = instruction[i]!;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    progress(first + count);
  }
  const byAddress = new Map<bigint, ExecutedCode>();
  for (const [id, count] of counts) {
    const instruction = trace.instruction(id);
    const other = byAddress.get(instruction.address);
    if (other === undefined || other.count < count) {
      byAddress.set(instruction.address, { instruction, count: count + (other?.count ?? 0) });
    } else {
      byAddress.set(instruction.address, { ...other, count: other.count + count });
    }
  }
  return byAddress;
}
