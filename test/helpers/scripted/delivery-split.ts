/**
 * A trace counts what a delivery changes to the step before it. To play both one after the other they are
 * taken apart again: by what the frame on the stack says of the registers before the delivery.
 */
import { lowWord, highWord, wideNumber } from '../../../src/base/halves.js';
import { PAGE_BYTES } from '../../../src/base/page.js';
import type { LinearMemory } from '../../../src/machine/linear-memory.js';
import { isLong, isProtected, RFLAGS_RF, RSP, SS } from '../../../src/machine/register-words.js';
import { stackTop } from '../../../src/stepper/expected-rip.js';
import { gateOf, hasErrorCode } from '../../../src/stepper/gates.js';
import type { Interruption } from '../../../src/trace/format/event-sink.js';
import {
  GENERAL_REGISTERS,
  REGISTER_CR0,
  REGISTER_RFLAGS,
  REGISTER_SEGMENTS,
  REGISTER_SS_ATTRIBUTES,
} from '../../../src/trace/format/registers.js';
import { putShared } from './registers.js';
import { MEMORY_WORDS, REGISTER_WORDS, type Script } from './script.js';

/** Id of rsp. */
export const REGISTER_RSP = GENERAL_REGISTERS.indexOf('rsp');
const REGISTER_CR2 = REGISTER_CR0 + 1;
/** The registers of a segment: selector, base, limit, attributes. */
const SEGMENT_REGISTERS = 4;
const REGISTER_SS = REGISTER_SS_ATTRIBUTES + 1 - SEGMENT_REGISTERS;
/** The word of ss with its DPL (struct kvm_segment). */
const SS_DPL = SS + 4;

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
  if (id === REGISTER_RSP || id === REGISTER_RFLAGS || id === REGISTER_CR2) return true;
  return [REGISTER_SEGMENTS, REGISTER_SS].some((at) => id >= at && id < at + SEGMENT_REGISTERS);
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
  const stack = BigInt((after[RSP]! >>> 0) + (carries ? size : 0) + 3 * size);
  const end = ip + BigInt(size * (isWhole ? 5 : 3));
  return {
    rip,
    rsp: isWhole ? slot(3) : stack,
    // RF is set in the frame of a fault, and in no register (SDM vol. 3, 19.3.1.1).
    rflags: lowWord(slot(2)) & ~RFLAGS_RF,
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
    const gpa = memory.translate(lowWord(address), highWord(address));
    let byte = memory.bytes[memory.offset]!;
    for (let i = 0, row = memoryAt; i < memoryCount; i++, row += MEMORY_WORDS) {
      const index = gpa - wideNumber(rows[row]!, rows[row + 1]!);
      if (index < 0 || index >= rows[row + 2]!) continue;
      byte = ((index < 4 ? rows[row + 3]! : rows[row + 4]!) >>> (8 * (index & 3))) & 0xff;
    }
    return byte;
  }

  function isWithin(gpa: number, from: bigint, to: bigint): boolean {
    for (let page = from & ~0xfffn; page < to; page += BigInt(PAGE_BYTES)) {
      const pageGpa = memory.translate(lowWord(page), highWord(page));
      if (pageGpa < 0 || gpa < pageGpa || gpa >= pageGpa + PAGE_BYTES) continue;
      const linear = page + BigInt(gpa - pageGpa);
      if (linear >= from && linear < to) return true;
    }
    return false;
  }
}
