/** A script without a guest that ran: a loop of eight plain instructions, of which one stores. */
import type { Script } from '../test/helpers/scripted/script.js';

/** Where the loop and what it stores lie: in RAM of any guest of ours. */
export const LOOP_GPA = 0x100000;
const STORES_GPA = 0x110000;

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
const RSI = 4;
const RFLAGS = 16;
/** In the order of struct kvm_regs. */
const REGISTER_OF = [0, 2, 3, 1, 4];

const FLAGS = { fixed: 2, parity: 4, zero: 0x40, sign: 0x80 };

interface LoopInstruction {
  readonly bytes: readonly number[];
  /** Which register it sets, to what; none: it stores rax at rbx, or jumps. */
  readonly sets?: number;
  readonly value?: (registers: Int32Array) => number;
  readonly keepsFlags?: boolean;
  readonly stores?: boolean;
}

const LOOP: readonly LoopInstruction[] = [
  // mov [rbx], rax
  { bytes: [0x48, 0x89, 0x03], stores: true, keepsFlags: true },
  // add rax, 3
  { bytes: [0x48, 0x83, 0xc0, 0x03], sets: RAX, value: (r) => (r[RAX]! + 3) & 0x7fffffff },
  // mov rcx, [rbx]
  { bytes: [0x48, 0x8b, 0x0b], sets: RCX, value: (r) => r[RAX]! - 3, keepsFlags: true },
  // xor rdx, rcx
  { bytes: [0x48, 0x31, 0xca], sets: RDX, value: (r) => r[RDX]! ^ r[RCX]! },
  // add rbx, 8
  { bytes: [0x48, 0x83, 0xc3, 0x08], sets: RBX, value: (r) => r[RBX]! + 8 },
  // and rbx, ~0x1000
  { bytes: [0x48, 0x81, 0xe3, 0xff, 0xef, 0xff, 0xff], sets: RBX, value: (r) => r[RBX]! & ~0x1000 },
  // dec rsi
  { bytes: [0x48, 0xff, 0xce], sets: RSI, value: (r) => r[RSI]! - 1 },
  // jnz to the beginning
  { bytes: [0x75, 0xe3], keepsFlags: true },
];

/** The loop as code. */
export const LOOP_CODE = Uint8Array.from(LOOP.flatMap(({ bytes }) => bytes));

/** The registers that the loop begins with, by their ids in a trace. */
export function loopRegisters(count: number): [id: number, value: number][] {
  return [
    ...[RAX, RCX, RDX].map((r): [number, number] => [REGISTER_OF[r]!, 0]),
    [REGISTER_OF[RBX]!, STORES_GPA],
    [REGISTER_OF[RSI]!, count],
    [RFLAGS, FLAGS.fixed],
  ];
}

/** `count` steps of the loop. Flags are as far as ZF, SF and PF go. */
export function loopScript(count: number): Script {
  const registers = Int32Array.of(0, 0, 0, STORES_GPA, count);
  let flags = FLAGS.fixed;
  const rips = new Int32Array(2 * (count + 1));
  const starts = new Int32Array(count + 1);
  const words = new Int32Array(count * 8);
  let at = 0;
  let rip = LOOP_GPA;
  for (let n = 0; n < count; n++) {
    const { bytes, sets, value, keepsFlags = false, stores = false } = LOOP[n % LOOP.length]!;
    starts[n] = at;
    rips[2 * n] = rip;
    rip = n % LOOP.length === LOOP.length - 1 ? LOOP_GPA : rip + bytes.length;
    const head = at;
    at += 2;
    if (sets !== undefined && value !== undefined) {
      const result = value(registers);
      if (result !== registers[sets]) at = put(at, REGISTER_OF[sets]!, result);
      registers[sets] = result;
      const next = keepsFlags ? flags : flagsOf(result);
      if (next !== flags) at = put(at, RFLAGS, next);
      flags = next;
    }
    words[head] = (at - head - 2) / 3;
    if (!stores) continue;
    words[head + 1] = 1;
    words.set([registers[RBX]!, 0, 8, registers[RAX]!, 0], at);
    at += 5;
  }
  starts[count] = at;
  rips[2 * count] = rip;
  return { count, rips, starts, words, rare: new Map(), stopReason: 'max-steps' };

  function put(index: number, id: number, low: number): number {
    words[index] = id;
    words[index + 1] = low;
    words[index + 2] = 0;
    return index + 3;
  }
}

function flagsOf(result: number): number {
  let ones = 0;
  for (let bits = result & 0xff; bits !== 0; bits &= bits - 1) ones++;
  return (
    FLAGS.fixed |
    (ones % 2 === 0 ? FLAGS.parity : 0) |
    (result === 0 ? FLAGS.zero : 0) |
    (result < 0 ? FLAGS.sign : 0)
  );
}
