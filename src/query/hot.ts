/** Where the steps of a trace went. */
import type { Instruction } from '../trace/read/instructions.js';
import type { SymbolOffset } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** A function and the steps that it took. */
export interface HotFunction {
  /** Linear address of its first instruction. */
  readonly address: bigint;
  readonly symbol: SymbolOffset | undefined;
  readonly calls: number;
  /** Steps in the function itself. */
  readonly ownSteps: number;
  /** Own steps and those of its callees; recursive calls count once. */
  readonly totalSteps: number;
}

/** An instruction and how often it ran. */
export interface HotInstruction {
  readonly instruction: Instruction;
  readonly symbol: SymbolOffset | undefined;
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** Every function that was called, the one with the most steps of its own first. */
export function hotFunctions(file: TraceFile): HotFunction[] {
  return file.derived.rows
    .functions()
    .map((each) => ({ ...each, symbol: file.symbols.at(each.address) }))
    .sort((a, b) => b.ownSteps - a.ownSteps || b.totalSteps - a.totalSteps);
}

/** The `count` instructions with the most steps. */
export function hotInstructions(file: TraceFile, count: number): HotInstruction[] {
  return file.derived.rows.instructions(count).map(({ instruction: id, ...rest }) => {
    const instruction = file.instructions.byId(id, rest.firstStep);
    return { instruction, symbol: file.symbols.at(instruction.address), ...rest };
  });
}
