/** Where the steps of a trace went. */
import type { Instruction } from '../trace/read/instructions.js';
import type { SourcePlace } from '../trace/read/source-lines.js';
import type { SymbolOffset } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** A function and the steps that it took. */
export interface HotFunction {
  /** Linear address of its first instruction. */
  readonly address: bigint;
  readonly symbol: SymbolOffset | undefined;
  /** The source line that it begins with, where the guest says. */
  readonly source: SourcePlace | undefined;
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
  readonly source: SourcePlace | undefined;
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** Every function that was called, the one with the most steps of its own first. */
export function hotFunctions(file: TraceFile): HotFunction[] {
  return file.derived.rows
    .functions()
    .map((each) => {
      const { address } = each;
      return { ...each, symbol: file.symbols.at(address), source: file.sourceAt(address) };
    })
    .sort((a, b) => b.ownSteps - a.ownSteps || b.totalSteps - a.totalSteps);
}

/** The `count` instructions with the most steps. */
export function hotInstructions(file: TraceFile, count: number): HotInstruction[] {
  return file.derived.rows.instructions(count).map(({ instruction: id, ...rest }) => {
    const instruction = file.instructions.byId(id, rest.firstStep);
    const { address } = instruction;
    const symbol = file.symbols.at(address);
    return { instruction, symbol, source: file.sourceAt(address), ...rest };
  });
}
