/** The code that a trace ran, function by function, ready to be followed at speed. */
import { decodeCode, type DecodedCode } from '../../../derive/code.js';
import { Flow } from '../../../x86/instruction-class.js';
import type { Instruction } from '../../../trace/read/instructions.js';
import { CHUNK_STEPS } from '../../../trace/read/step-columns.js';
import type { Side } from '../../side.js';
import { codeFacts } from './code-facts.js';
import { FunctionNames, type NamedFunction } from './function-names.js';
import { Image } from './image.js';
import { sourceVariable } from './symbol-names.js';

export { Control } from '../../../derive/code.js';

/** A function of a build, with the code of it that ran. */
export interface ModelFunction {
  readonly index: number;
  /** Its symbol, numbered where several share it; without symbols `fn_` and the address. */
  readonly name: string;
  /** Its symbol as it stands; undefined without. */
  readonly symbol: string | undefined;
  readonly address: bigint;
  /** The instructions that ran, by address; those of parts that stand elsewhere behind the others. */
  readonly code: Instruction[];
}

/** The code of one build. */
export interface CodeModel {
  readonly side: Side;
  /** Whether functions are those of symbols, or were found by the calls. */
  readonly named: boolean;
  readonly names: FunctionNames;
  readonly image: Image;
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
  /** By instruction id: the address that a direct branch or call names, numbered likewise; else -1. */
  readonly target: Int32Array;
  /** By instruction id: 1 for the first instruction of a function. */
  readonly entry: Uint8Array;
  /** Where a variable ended a little before an address: its name, and how far that is. */
  objectEndBefore(address: bigint): string | undefined;
  /** The number of an address; -1 if no code stands there. */
  placeOf(address: bigint): number;
  /** The index of the function that begins at a numbered address, or -1. */
  entryAt(place: number): number;
}

/** @param byCalls tell functions apart by where calls go, whatever symbols there are */
export function codeModel(side: Side, byCalls = false): CodeModel {
  const all = side.file.code.all();
  const size = all.size;
  // Steps run instructions of these numbers alone.
  const ran = side.isCut ? idsThatRan(side) : undefined;
  const instructions = [...all.values()]
    .filter(({ id }) => id < size && ran?.has(id) !== false)
    .sort(byAddress);
  const codes = new Array<DecodedCode | undefined>(size).fill(undefined);
  for (const each of instructions) codes[each.id] = decodeCode(each);
  const names = new FunctionNames(side, codeFacts(side, codes, byCalls), byCalls);
  const numbers = new Map<bigint, number>();
  const number = (address: bigint): number => {
    let found = numbers.get(address);
    if (found === undefined) numbers.set(address, (found = numbers.size));
    return found;
  };
  const owners = new Owners();
  const functionOf = new Int32Array(size);
  const control = new Uint8Array(size);
  const decides = new Uint8Array(size);
  const place = new Int32Array(size);
  const behind = new Int32Array(size);
  const target = new Int32Array(size).fill(-1);
  const entry = new Uint8Array(size);
  for (const instruction of instructions) {
    const { id, address } = instruction;
    const code = codes[id]!;
    const owner = owners.add(names.at(address), instruction);
    functionOf[id] = owner.index;
    control[id] = code.control;
    decides[id] = decision(code.class.flow, code.class.conditional);
    place[id] = number(address);
    if (code.class.flow === Flow.direct) target[id] = number(code.class.target + code.base);
    entry[id] = address === owner.address ? 1 : 0;
  }
  // Numbered last: behind the last instruction of all there is no code.
  const codeEnd = numbers.size;
  for (const { id } of instructions) behind[id] = number(codes[id]!.next);
  const placeOf = (address: bigint): number => {
    const found = numbers.get(address);
    return found === undefined || found >= codeEnd ? -1 : found;
  };
  const functions = owners.finish();
  const entries = new Map(functions.map((each) => [numbers.get(each.address), each.index]));
  return {
    ...{ side, named: names.known, names, image: new Image(side), functions },
    ...{ functionOf, control, decides },
    ...{ place, behind, target, entry, placeOf, objectEndBefore: objectEnds(side) },
    entryAt: (at) => entries.get(at) ?? -1,
  };
}

/** Of a part of a trace: what ran in it. */
function idsThatRan({ file, stepCount }: Side): Set<number> {
  const ids = new Set<number>();
  const columns = file.stepColumns({ registers: [], memory: false });
  for (let first = 0; first < stepCount; first += CHUNK_STEPS) {
    const { count, instructions } = columns.read(first, Math.min(stepCount, first + CHUNK_STEPS));
    for (let i = 0; i < count; i++) ids.add(instructions[i]!);
  }
  return ids;
}

/** Gathers the instructions of each function. */
class Owners {
  readonly #functions: ModelFunction[] = [];
  readonly #byName = new Map<string, ModelFunction>();
  /** By function: what stands apart from it. */
  readonly #apart = new Map<ModelFunction, Instruction[]>();

  add({ name, symbol, address, cold }: NamedFunction, instruction: Instruction): ModelFunction {
    let owner = this.#byName.get(name);
    if (owner === undefined) {
      owner = { index: this.#functions.length, name, symbol, address, code: [] };
      this.#byName.set(name, owner);
      this.#functions.push(owner);
    }
    if (cold) {
      const apart = this.#apart.get(owner);
      if (apart === undefined) this.#apart.set(owner, [instruction]);
      else apart.push(instruction);
    } else {
      owner.code.push(instruction);
    }
    return owner;
  }

  finish(): readonly ModelFunction[] {
    // One by one: there may be more of them than a call takes arguments.
    for (const [{ code }, apart] of this.#apart) for (const each of apart) code.push(each);
    return this.#functions;
  }
}

/** Loops over arrays of structures compare with so much behind the end. */
const BEHIND_END = 256n;

function objectEnds({ file }: Side): CodeModel['objectEndBefore'] {
  const ends = file.symbols.symbols
    .filter(({ kind, size }) => kind === 'object' && size > 0)
    .map(({ address, size, name }) => ({ end: address + BigInt(size), name: sourceVariable(name) }))
    .sort((x, y) => (x.end < y.end ? -1 : 1));
  return (address) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    const last = ends[low - 1];
    if (last === undefined || address - last.end >= BEHIND_END) return undefined;
    return `${last.name}+end+${address - last.end}`;
  };
}

function decision(flow: Flow, conditional: boolean): 0 | 1 | 2 {
  if (flow === Flow.register || flow === Flow.memory) return 2;
  return conditional ? 1 : 0;
}

function byAddress(a: Instruction, b: Instruction): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : a.id - b.id;
}
