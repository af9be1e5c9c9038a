/** The code that a trace ran, function by function, ready to be followed at speed. */
import { Control, decodeCode } from '../../derive/code.js';
import { Flow } from '../../x86/instruction-class.js';
import type { Instruction } from '../../trace/reader/instructions.js';
import type { Side } from '../side.js';
import { FunctionNames } from './function-names.js';

export { Control } from '../../derive/code.js';

export interface ModelFunction {
  readonly index: number;
  /** Its symbol; without symbols `fn_` and the address. */
  readonly name: string;
  readonly address: bigint;
  /** The instructions that ran, by address. */
  readonly code: Instruction[];
}

export interface CodeModel {
  readonly side: Side;
  /** Whether functions are those of symbols, or were found by the calls. */
  readonly named: boolean;
  readonly functions: readonly ModelFunction[];
  /** By instruction id: the function's index. */
  readonly functionOf: Int32Array;
  /** By instruction id: see `Control`. */
  readonly control: Uint8Array;
  /** By instruction id: 1 for conditional branches, 2 for jumps and calls through registers or memory. */
  readonly decides: Uint8Array;
  /** By instruction id: its address as a small number. */
  readonly place: Int32Array;
  /** By instruction id: the address of the instruction behind it, numbered likewise. */
  readonly behind: Int32Array;
  /** By address number: the address. */
  readonly addresses: readonly bigint[];
  /** By instruction id: 1 for the first instruction of a function. */
  readonly entry: Uint8Array;
  /** The number of an address; -1 if no code stands there. */
  placeOf(address: bigint): number;
}

export function codeModel(side: Side): CodeModel {
  const all = [...side.file.code.all().values()];
  const size = all.reduce((most, { id }) => Math.max(most, id), -1) + 1;
  const decoded = all.map((instruction) => ({ instruction, code: decodeCode(instruction) }));
  const targets = decoded
    .filter(({ code }) => code.control === Control.call && code.class.flow === Flow.direct)
    .map(({ code }) => code.class.target + code.base);
  const names = new FunctionNames(side, targets, side.instruction(0)?.address);
  const numbers = new Map<bigint, number>();
  const number = (address: bigint): number => {
    let found = numbers.get(address);
    if (found === undefined) numbers.set(address, (found = numbers.size));
    return found;
  };
  const functions: ModelFunction[] = [];
  const byKey = new Map<string, ModelFunction>();
  const functionOf = new Int32Array(size);
  const control = new Uint8Array(size);
  const decides = new Uint8Array(size);
  const place = new Int32Array(size);
  const behind = new Int32Array(size);
  const entry = new Uint8Array(size);
  for (const { instruction, code } of decoded.sort(byAddress)) {
    const { id, address } = instruction;
    const found = names.at(address);
    let owner = byKey.get(found.name);
    if (owner === undefined) {
      owner = { index: functions.length, name: found.name, address: found.address, code: [] };
      byKey.set(found.name, owner);
      functions.push(owner);
    }
    owner.code.push(instruction);
    functionOf[id] = owner.index;
    control[id] = code.control;
    decides[id] = decision(code.class.flow, code.class.conditional);
    place[id] = number(address);
    behind[id] = number(code.next);
    entry[id] = address === owner.address ? 1 : 0;
  }
  return {
    ...{ side, named: names.known, functions, functionOf, control, decides, place, behind, entry },
    addresses: [...numbers.keys()],
    placeOf: (address) => numbers.get(address) ?? -1,
  };
}

function decision(flow: Flow, conditional: boolean): 0 | 1 | 2 {
  if (flow === Flow.register || flow === Flow.memory) return 2;
  return conditional ? 1 : 0;
}

function byAddress(a: { instruction: Instruction }, b: { instruction: Instruction }): number {
  const x = a.instruction.address;
  const y = b.instruction.address;
  return x < y ? -1 : x > y ? 1 : a.instruction.id - b.instruction.id;
}
