/**
 * A trace counts what a delivery changes to the step before it. To play both one after the other they are
 * taken apart again: by what the frame on the stack says of the registers before the delivery.
 */
import { lowWord, highWord } from '../../../src/base/halves.js';
import type { LinearMemory } from '../../../src/machine/linear-memory.js';
import { isLong, isProtected } from '../../../src/machine/register-words.js';
import { stackTop } from '../../../src/stepper/expected-rip.js';
import { gateOf, hasErrorCode } from '../../../src/stepper/gates.js';
import type { Interruption } from '../../../src/trace/format/event-sink.js';
import { REGISTER_SEGMENTS } from '../../../src/trace/format/registers.js';
import { putShared } from './registers.js';
import { MEMORY_WORDS, REGISTER_WORDS, type Script } from './script.js';

const RSP = 6;
const RFLAGS = 16;
const CR2 = 54;
const CS = [REGISTER_SEGMENTS, REGISTER_SEGMENTS + 3];
const SS = [REGISTER_SEGMENTS + 20, REGISTER_SEGMENTS + 23];
/** RF is set in the frame of a fault, and in no register (SDM vol. 3, 19.3.1.1). */
const RFLAGS_RF = 1 << 16;
const PAGE_BYTES = 4096;

/** The state between a step and the delivery after it. */
export interface DeliverySplit {
  readonly rip: bigint;
  readonly rsp: bigint;
  readonly rflags: number;
  /** Whether a byte at a gpa is one of the frame. */
  isFrame(gpa: number): boolean;
}

/** Whether a delivery sets the register: rsp, rflags, cs, ss, cr2. */
export function isOfDelivery(id: number): boolean {
  if (id === RSP || id === RFLAGS || id === CR2) return true;
  return (id >= CS[0]! && id <= CS[1]!) || (id >= SS[0]! && id <= SS[1]!);
}

/** Takes a step and the delivery after it apart. `words` are the registers before or between the two. */
export function splitAt(
  { kind, vector, rip }: Interruption,
  script: Script,
  step: number,
  words: Int32Array,
  memory: LinearMemory,
): DeliverySplit {
  const after = words.slice();
  const { words: rows, starts } = script;
  let at = starts[step]!;
  const registerCount = rows[at++]!;
  const memoryAt = at + 1 + REGISTER_WORDS * registerCount;
  const memoryCount = rows[at++]!;
  for (let i = 0; i < registerCount; i++, at += REGISTER_WORDS) {
    putShared(after, rows[at]!, rows[at + 1]!, rows[at + 2]!);
  }
  const gate = gateOf(vector, words, memory);
  const size = gate?.slotSize ?? 8;
  const carries = kind === 'fault' && isProtected(words) && hasErrorCode(vector);
  const top = stackTop(after);
  const ip = top + BigInt(carries ? size : 0);
  const slot = (n: number): bigint => readAfter(ip + BigInt(n * size), size);
  const wasOuter = size !== 8 && isProtected(words) && (Number(slot(1)) & 3) > (after[SS_DPL]! & 3);
  const isWhole = isLong(words) || wasOuter;
  const stack = BigInt((after[2 * RSP]! >>> 0) + (carries ? size : 0) + 3 * size);
  const end = ip + BigInt(size * (isWhole ? 5 : 3));
  return {
    rip,
    rsp: isWhole ? slot(3) : stack,
    rflags: Number(BigInt.asIntN(32, slot(2))) & ~RFLAGS_RF,
    isFrame: (gpa) => isWithin(gpa, top, end),
  };

  /** Memory as the step and the delivery leave it. */
  function readAfter(address: bigint, length: number): bigint {
    let value = 0n;
    for (let i = 0; i < length; i++) {
      value |= BigInt(byteAfter(address + BigInt(i))) << BigInt(8 * i);
    }
    return value;
  }

  function byteAfter(address: bigint): number {
    if (!memory.locate(lowWord(address), highWord(address))) return 0;
    const slotOf = memory.slots.find(({ bytes }) => bytes === memory.bytes)!;
    const gpa = slotOf.gpa + memory.offset;
    let byte = memory.bytes[memory.offset]!;
    for (let i = 0, row = memoryAt; i < memoryCount; i++, row += MEMORY_WORDS) {
      const from = (rows[row]! >>> 0) + 2 ** 32 * (rows[row + 1]! >>> 0);
      const index = gpa - from;
      if (index < 0 || index >= rows[row + 2]!) continue;
      byte = ((index < 4 ? rows[row + 3]! : rows[row + 4]!) >>> (8 * (index & 3))) & 0xff;
    }
    return byte;
  }

  function isWithin(gpa: number, from: bigint, to: bigint): boolean {
    for (let page = from & ~0xfffn; page < to; page += BigInt(PAGE_BYTES)) {
      if (!memory.locate(lowWord(page), highWord(page))) continue;
      const slotOf = memory.slots.find(({ bytes }) => bytes === memory.bytes)!;
      const linear = page + BigInt(gpa - slotOf.gpa - memory.offset);
      if (linear >= page && linear < page + 4096n && linear >= from && linear < to) return true;
    }
    return false;
  }
}

/** The word of ss with its DPL (struct kvm_segment). */
const SS_DPL = 36 + 5 * 6 + 4;
