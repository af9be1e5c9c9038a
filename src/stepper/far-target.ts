/**
 * Where far transfers through descriptors go: call gates have the offset in them, task switches find rip
 * in the new task (SDM vol. 3, 6.8.4 and 8.3).
 */
import { wide } from '../base/halves.js';
import { baseOf, descriptorOf } from './gates.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { isLong, TR } from '../machine/register-words.js';

/** System descriptor types (SDM vol. 3, table 3-2). */
const TSS_16 = new Set([0x1, 0x3]);
const TSS_32 = new Set([0x9, 0xb]);
const CALL_GATE_16 = 0x4;
const TASK_GATE = 0x5;
const CALL_GATE = 0xc;

/** In a TSS: the selector of the task before, eip of 32-bit ones, ip of 16-bit ones. */
const BACK_LINK = 0;
const EIP = 0x20;
const CS_32 = 0x4c;
const IP_16 = 0xe;
const CS_16 = 0x12;

/** What a selector leads to, beside a code segment. */
export type FarTarget =
  | { readonly kind: 'call-gate'; readonly rip: bigint }
  /** `linear` is rip in the code segment of the new task, `tss` where that has its state, named by `selector`. */
  | {
      readonly kind: 'task';
      readonly rip: bigint;
      readonly linear: bigint;
      readonly tss: bigint;
      readonly selector: number;
    };

/** Undefined for code segments, and for what raises an exception. */
export function farTarget(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): FarTarget | undefined {
  const descriptor = descriptorOf(selector, words, memory);
  if (descriptor === undefined || isSegment(descriptor)) return undefined;
  switch (typeOf(descriptor)) {
    case CALL_GATE_16:
      return { kind: 'call-gate', rip: descriptor & 0xffffn };
    case CALL_GATE: {
      const low = (descriptor & 0xffffn) | ((descriptor >> 32n) & 0xffff0000n);
      return { kind: 'call-gate', rip: low | upperOffset(selector, words, memory) };
    }
    case TASK_GATE:
      return taskTarget(Number((descriptor >> 16n) & 0xffffn), words, memory);
    default:
      return taskTarget(selector, words, memory);
  }
}

/** The task that IRET with NT set goes back to. */
export function previousTask(words: Int32Array, memory: LinearMemory): FarTarget | undefined {
  const link = memory.readNumber(wide(words[TR]!, words[TR + 1]!) + BigInt(BACK_LINK), 2);
  return link === undefined ? undefined : taskTarget(Number(link & 0xffffn), words, memory);
}

/** The task that a gate of the IDT switches to, if it is a task gate. */
export function gateTask(
  entry: bigint | undefined,
  words: Int32Array,
  memory: LinearMemory,
): FarTarget | undefined {
  if (entry === undefined || isSegment(entry) || typeOf(entry) !== TASK_GATE) return undefined;
  return taskTarget(Number((entry >> 16n) & 0xffffn), words, memory);
}

/** Long mode has no task switches (SDM vol. 3, 8.7). */
function taskTarget(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): FarTarget | undefined {
  const descriptor = descriptorOf(selector, words, memory);
  if (descriptor === undefined || isSegment(descriptor) || isLong(words)) return undefined;
  const type = typeOf(descriptor);
  if (!TSS_32.has(type) && !TSS_16.has(type)) return undefined;
  const [ripAt, size, csAt] = TSS_32.has(type) ? [EIP, 4, CS_32] : [IP_16, 2, CS_16];
  const base = baseOf(descriptor);
  const word = memory.readNumber(base + BigInt(ripAt), size);
  const cs = memory.readNumber(base + BigInt(csAt), 2);
  if (word === undefined || cs === undefined) return undefined;
  const rip = BigInt.asUintN(8 * size, word);
  const code = descriptorOf(Number(cs & 0xffffn), words, memory) ?? 0n;
  const linear = BigInt.asUintN(32, rip + baseOf(code));
  return { kind: 'task', rip, linear, tss: base, selector };
}

/** Call gates of long mode have 16 bytes. */
function upperOffset(selector: number, words: Int32Array, memory: LinearMemory): bigint {
  if (!isLong(words)) return 0n;
  const upper = descriptorOf((selector & 0xffff) + 8, words, memory) ?? 0n;
  return (upper & 0xffffffffn) << 32n;
}

function isSegment(descriptor: bigint): boolean {
  return ((descriptor >> 44n) & 1n) !== 0n;
}

function typeOf(descriptor: bigint): number {
  return Number((descriptor >> 40n) & 0xfn);
}
