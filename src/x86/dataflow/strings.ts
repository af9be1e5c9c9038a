/** Flows of MOVS, STOS, LODS, CMPS, SCAS, INS and OUTS, also repeated. */
import type { Flow } from './flow.js';
import { computed, copy, type FlowOperands } from './operands.js';

/** The flows of a string instruction. */
export function stringFlows(operands: FlowOperands): Flow[] {
  const { accumulator, instruction, name } = operands;
  const repeats = instruction.hasRepPrefix || instruction.hasRepnePrefix;
  const [read] = operands.readMemory();
  const [written] = operands.writtenMemory();
  const kind = name.slice(0, 4);
  const compares = kind === 'Cmps' || kind === 'Scas';
  const compared = [...operands.readMemory(), ...(accumulator === undefined ? [] : [accumulator])];
  // What a repeated comparison found is what it stopped at: the pointers and the count tell of it.
  const moved = compares && repeats ? compared : [];
  const pointers = operands
    .writtenRegisters()
    .filter((part) => part !== accumulator)
    .map((part) => computed(part, [part, ...moved]));
  switch (kind) {
    case 'Movs':
      return [...copy(written, read), ...pointers];
    case 'Stos':
      return [...copy(written, accumulator), ...pointers];
    case 'Lods':
      return [...copy(accumulator, read), ...pointers];
    default: {
      const stored = written === undefined ? [] : [computed(written, [])];
      return [...stored, ...operands.flags(compared), ...pointers];
    }
  }
}
