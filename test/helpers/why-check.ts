/**
 * What must hold of every answer of `why`, whatever the trace: checked from the states, the rows and
 * the decoder's own account of what instructions write, none of which `why` is made from.
 */
import type { Trace } from '../../src/query/trace.js';
import type { Place } from '../../src/query/why/location.js';
import type { WhyNode } from '../../src/query/why/why.js';
import type { Instruction } from '../../src/trace/read/instructions.js';
import { withInstruction } from '../../src/x86/iced.js';
import { Mnemonic, OpKind } from '../../src/x86/iced-names.js';
import { mayWrite, mustWrite } from './written-places.js';

/** Steps after the one that is named in which nothing may write the place. */
const LATER_STEPS = 150;
/** In the order of struct kvm_regs. */
const GENERAL = [
  ...['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];

/** A stay of the value in a place: from the step that put it there to the state it is read in. */
interface Stay {
  readonly place: Place;
  readonly state: number;
  /** Undefined: it has been there from the start. */
  readonly step: number | undefined;
}

/** How much a check has seen, by kind of link. */
export type Seen = Record<WhyNode['origin'] | 'copy' | 'sum' | 'memory', number>;

export function nothingSeen(): Seen {
  return {
    ...{ computed: 0, constant: 0, input: 0, initial: 0, delivery: 0, cpu: 0 },
    ...{ copy: 0, sum: 0, memory: 0 },
  };
}

/** What is wrong with a tree; counts what it looked at. */
export function problemsOf(trace: Trace, root: WhyNode, seen = nothingSeen()): string[] {
  const problems = [...nodeProblems(trace, root, seen)].map(
    (problem) => `${root.name} of state ${root.state}: ${problem}`,
  );
  return [...problems, ...root.sources.flatMap((source) => problemsOf(trace, source, seen))];
}

function* nodeProblems(trace: Trace, node: WhyNode, seen: Seen): Generator<string> {
  seen[node.origin]++;
  seen.copy += node.copies.length;
  if (!node.complete) yield 'incomplete';
  for (const stay of staysOf(node)) {
    if (stay.place.kind === 'memory') seen.memory++;
    for (const problem of stayProblems(trace, stay, node.value)) {
      yield `${stay.place.kind} from step ${stay.step ?? -1} to state ${stay.state}: ${problem}`;
    }
  }
  const { step, instruction } = node;
  if (step === undefined || instruction === undefined) return;
  const [ran] = trace.steps(step, 1);
  if (ran?.instruction.id !== instruction.id) yield `step ${step} ran another instruction`;
  // Registers that addresses are made of may be those of a copy.
  const read = [node.firstRepeat ?? step, ...node.copies.map((copy) => copy.step)];
  for (const { name, state } of node.sources) {
    if (!read.includes(state)) yield `${name} is told of state ${state}, not ${read.join()}`;
  }
  if (node.repeats > 0 || node.sources.length === 0) return;
  const expected = resultOf(trace, node, instruction);
  if (expected === undefined) return;
  seen.sum++;
  if (expected !== node.value) yield `${instruction.text} of the sources is ${expected}`;
}

/** The places that the value was in, the newest first. */
function staysOf({ place, state, copies, step }: WhyNode): Stay[] {
  const places = [{ place, state }, ...copies.map((copy) => ({ ...copy, state: copy.step }))];
  const steps = [...copies.map((copy) => copy.step), step];
  return places.map((each, i) => ({ place: each.place, state: each.state, step: steps[i] }));
}

function* stayProblems(trace: Trace, stay: Stay, value: bigint | undefined): Generator<string> {
  const { place, state, step = -1 } = stay;
  const found = valueIn(trace, place, state);
  if (found === undefined || value === undefined) return;
  if (found !== value) yield `the state has ${found}, not ${value}`;
  if (valueIn(trace, place, step + 1) !== value) yield 'it was not there after the step';
  if (step >= 0 && !wrote(trace, place, step)) {
    yield `${named([...trace.steps(step, 1)][0]!)} did not write it`;
  }
  const later = laterWrite(trace, place, step + 1, state);
  if (later !== undefined) yield `${later} wrote it since`;
}

/** The value as the state tells it; undefined where it does not, and of many bytes. */
function valueIn(trace: Trace, place: Place, n: number): bigint | undefined {
  const state = trace.state(n);
  switch (place.kind) {
    case 'memory': {
      if (place.size > 64) return undefined;
      const bytes = place.pieces.flatMap(({ gpa, length }) => [
        ...state.readPhysical(gpa, length).bytes,
      ]);
      return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    }
    case 'flags': {
      const bits = state.register('rflags')! & BigInt(place.bits);
      return (place.bits & (place.bits - 1)) === 0 ? BigInt(bits !== 0n) : bits;
    }
    case 'register': {
      if (place.family === 'vector') return undefined;
      const whole = state.register(
        place.family === 'general' ? GENERAL[place.index]! : place.whole,
      );
      if (whole === undefined) return undefined;
      return BigInt.asUintN(place.size * 8, whole >> BigInt(place.offset * 8));
    }
  }
}

function wrote(trace: Trace, place: Place, step: number): boolean {
  if (place.kind === 'memory') {
    return place.pieces.some(
      (piece) =>
        trace.lastMemoryWrite(piece, step + 1)?.step === step ||
        trace.lastAccess(piece, step + 1, { writes: true })?.step === step,
    );
  }
  if (valueIn(trace, place, step) !== valueIn(trace, place, step + 1)) return true;
  const [ran] = trace.steps(step, 1);
  return ran !== undefined && mayWrite(ran.instruction, place);
}

/** A step from `from` up to, not including, `to` that certainly wrote the place. */
function laterWrite(trace: Trace, place: Place, from: number, to: number): string | undefined {
  if (place.kind === 'memory') {
    const newest = place.pieces.map((piece) => trace.lastAccess(piece, to, { writes: true })?.step);
    const step = Math.max(...newest.map((each) => each ?? -1));
    const [ran] = step < from ? [] : trace.steps(step, 1);
    // One that fails writes what was there, which is no store of the program's.
    return ran === undefined || ran.instruction.text.includes('cmpxchg') ? undefined : named(ran);
  }
  const start = Math.max(from, to - LATER_STEPS);
  for (const step of start < to ? trace.steps(start, to - start) : []) {
    if (mustWrite(step.instruction, place)) return named(step);
  }
  return undefined;
}

function named({ step, instruction }: { step: number; instruction: Instruction }): string {
  return `step ${step}, ${instruction.text},`;
}

const SUMS: Readonly<Partial<Record<Mnemonic, (a: bigint, b: bigint) => bigint>>> = {
  [Mnemonic.Add]: (a, b) => a + b,
  [Mnemonic.Imul]: (a, b) => a * b,
  [Mnemonic.And]: (a, b) => a & b,
  [Mnemonic.Or]: (a, b) => a | b,
  [Mnemonic.Xor]: (a, b) => a ^ b,
};

/**
 * What the instruction makes of the sources that are told and its immediate: of those operations in
 * which it does not matter which of two is which, where the whole result is asked for.
 */
function resultOf(trace: Trace, node: WhyNode, instruction: Instruction): bigint | undefined {
  const made = node.copies.at(-1)?.place ?? node.place;
  // Not the address registers of copies, which are from later.
  const sources = node.sources.filter(({ state }) => state === node.step);
  const values = sources.map(({ value }) => value);
  if (node.origin !== 'computed' || sources.length === 0) return undefined;
  if (made.kind === 'flags' || values.some((value) => value === undefined)) return undefined;
  return withInstruction(instruction.bytes, instruction.mode, instruction.rip, (decoded) => {
    if (MOVES.has(decoded.mnemonic)) {
      // What is stored of one place as long as this is its value.
      if (made.kind !== 'memory') return undefined;
      const { place } = sources[0]!;
      const whole = values.length === 1 && place.kind !== 'flags' && place.size === made.size;
      return whole ? values[0] : undefined;
    }
    const operation = SUMS[decoded.mnemonic];
    if (operation === undefined) return undefined;
    const bytes = operandBytes(decoded.op0Kind, made, instruction.text);
    if (bytes === undefined) return undefined;
    const last = decoded.opCount - 1;
    const immediate = IMMEDIATES.has(decoded.opKind(last)) ? [decoded.immediate(last)] : [];
    const operands = [...(values as bigint[]), ...immediate];
    if (operands.length === 1) operands.push(operands[0]!); // add rax, rax
    if (operands.length !== 2) return undefined;
    return BigInt.asUintN(8 * bytes, operation(operands[0]!, operands[1]!));
  });
}

const MOVES = new Set([
  ...[Mnemonic.Mov, Mnemonic.Push, Mnemonic.Pop],
  ...[Mnemonic.Movsb, Mnemonic.Movsd, Mnemonic.Stosb],
]);

const IMMEDIATES = new Set([
  ...[OpKind.Immediate8, OpKind.Immediate16, OpKind.Immediate32, OpKind.Immediate64],
  ...[OpKind.Immediate8to16, OpKind.Immediate8to32, OpKind.Immediate8to64],
  OpKind.Immediate32to64,
]);

/** Bytes of the result, if the place is all of it: a general register that the text names. */
function operandBytes(kind: OpKind, made: Place, text: string): number | undefined {
  if (made.kind !== 'register' || kind !== OpKind.Register || made.offset !== 0) return undefined;
  const name = / (\w+)/.exec(text)?.[1] ?? '';
  if (made.size === 8 && /^(r[a-z]{2}|r\d+)$/.test(name)) return 8;
  // The upper half of what has 32 bits is zero.
  return made.size >= 4 && /^(e[a-z]{2}|r\d+d)$/.test(name) ? 4 : undefined;
}
