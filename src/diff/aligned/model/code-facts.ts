/** Where the calls of a trace go, and its jumps: what tells functions apart without symbols. */
import { Control, type DecodedCode } from '../../../derive/code.js';
import { CHUNK_STEPS } from '../../../trace/read/step-columns.js';
import { Flow } from '../../../x86/instruction-class.js';
import type { Side } from '../../side.js';
import { hasFunctionSymbols, type CodeFacts } from './function-names.js';

/**
 * @param codes by instruction id
 * @param byCalls whether functions are told apart by these facts alone
 */
export function codeFacts(
  side: Side,
  codes: readonly (DecodedCode | undefined)[],
  byCalls: boolean,
): CodeFacts {
  const called = new Set<bigint>();
  const jumps: [bigint, bigint][] = [];
  const start = side.instruction(0)?.address;
  if (start !== undefined) called.add(start);
  for (const code of codes) {
    if (code?.class.flow !== Flow.direct) continue;
    const target = code.class.target + code.base;
    if (code.control === Control.call) called.add(target);
    else jumps.push([code.address, target]);
  }
  // Where functions are symbols, only labels that are called matter besides: directly, as a rule.
  if (byCalls || !hasFunctionSymbols(side)) addObserved(side, codes, called);
  return { called, jumps };
}

/** Where calls through registers and memory went, and exceptions and interrupts. */
function addObserved(
  side: Side,
  codes: readonly (DecodedCode | undefined)[],
  called: Set<bigint>,
): void {
  const { file, stepCount } = side;
  const calls = Uint8Array.from(codes, (code) => Number(isIndirectCall(code)));
  const targets = new Set<number>();
  const columns = file.stepColumns({ registers: [], memory: false });
  let previous = -1;
  for (let first = 0; first < stepCount; first += CHUNK_STEPS) {
    const end = Math.min(stepCount, first + CHUNK_STEPS);
    const { instructions } = columns.read(first, end);
    const delivered = new Set<number>();
    for (const { step } of file.events.interruptions(first, end)) {
      delivered.add(step);
      targets.add(instructions[step - first]!);
    }
    for (let i = 0; i < end - first; i++) {
      if (previous >= 0 && calls[previous] === 1 && !delivered.has(first + i)) {
        targets.add(instructions[i]!);
      }
      previous = instructions[i]!;
    }
  }
  for (const id of targets) called.add(codes[id]!.address);
}

function isIndirectCall(code: DecodedCode | undefined): boolean {
  return code?.control === Control.call && code.class.flow !== Flow.direct;
}
