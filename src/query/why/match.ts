/** Which of an instruction's flows wrote a place, and which bytes of it. */
import type { Flow } from '../../x86/dataflow/flow.js';
import { sameRegister, type RegisterPart } from '../../x86/register-part.js';
import { memoryPart, partOf, type FlagsPlace, type MemoryPlace, type Place } from './location.js';
import type { Execution } from './operand-place.js';

/** Bytes of a place that one flow wrote. */
export interface Hit {
  readonly flow: Flow;
  /** First byte of the target that the place has. */
  readonly offset: number;
  readonly size: number;
}

/** How an instruction wrote a place. */
export interface Match {
  readonly hits: readonly Hit[];
  /** Parts of the place that the instruction left as they were. */
  readonly rest: readonly Place[];
}

/** The flows that wrote bytes of the place; undefined if the instruction wrote none. */
export function matchFlows(execution: Execution, place: Place): Match | undefined {
  const hits: Hit[] = [];
  let left: readonly Place[] = [place];
  for (const flow of execution.flows) {
    left = left.flatMap((part) => {
      const found = matchFlow(execution, flow, part);
      if (found === undefined) return [part];
      hits.push(...found.hits);
      return found.rest;
    });
    if (left.length === 0) break;
  }
  return hits.length === 0 ? undefined : { hits, rest: left };
}

function matchFlow(execution: Execution, flow: Flow, place: Place): Match | undefined {
  const { target } = flow;
  if (place.kind === 'register' && target.kind === 'register') {
    return overlaps(target, place) ? matchRegister(flow, target, place) : undefined;
  }
  if (place.kind === 'flags' && target.kind === 'flags') return matchFlags(flow, target, place);
  if (place.kind === 'memory' && target.kind === 'memory') {
    return matchMemory(execution, flow, place);
  }
  return undefined;
}

function matchRegister(flow: Flow, target: RegisterPart, place: RegisterPart): Match {
  const from = Math.max(target.offset, place.offset);
  const to = Math.min(target.offset + writtenBytes(target), place.offset + place.size);
  const rest: Place[] = [];
  if (place.offset < from) rest.push(partOf(place, place.offset, from - place.offset));
  const end = place.offset + place.size;
  if (to < end) rest.push(partOf(place, to, end - to));
  return { hits: [{ flow, offset: from - target.offset, size: to - from }], rest };
}

function matchFlags(flow: Flow, target: FlagsPlace, place: FlagsPlace): Match | undefined {
  if ((target.bits & place.bits) === 0) return undefined;
  const bits = place.bits & ~target.bits;
  return {
    hits: [{ flow, offset: 0, size: 1 }],
    rest: bits === 0 ? [] : [{ kind: 'flags', bits }],
  };
}

/** Holds each piece of the place against each of the target; what lies together is one hit. */
function matchMemory(execution: Execution, flow: Flow, place: MemoryPlace): Match | undefined {
  if (flow.target.kind !== 'memory') return undefined;
  const found: { at: number; offset: number; size: number }[] = [];
  let start = 0;
  for (const { gpa, length } of place.pieces) {
    for (const piece of execution.pieces(flow.target)) {
      const from = Math.max(piece.gpa, gpa);
      const to = Math.min(piece.gpa + piece.size, gpa + length);
      if (from >= to) continue;
      const hit = {
        at: start + from - gpa,
        offset: piece.offset + from - piece.gpa,
        size: to - from,
      };
      const last = found.at(-1);
      const goesOn =
        last?.at === hit.at - (last?.size ?? 0) && last.offset + last.size === hit.offset;
      if (last !== undefined && goesOn) last.size += hit.size;
      else found.push(hit);
    }
    start += length;
  }
  if (found.length === 0) return undefined;
  const rest: Place[] = [];
  let at = 0;
  for (const hit of found.toSorted((a, b) => a.at - b.at)) {
    if (hit.at > at) rest.push(memoryPart(place, at, hit.at));
    at = Math.max(at, hit.at + hit.size);
  }
  if (at < place.size) rest.push(memoryPart(place, at, place.size));
  return { hits: found.map(({ offset, size }) => ({ flow, offset, size })), rest };
}

/** Whether two parts have bytes in common; 32-bit writes reach to the end of their register. */
export function overlaps(written: RegisterPart, part: RegisterPart): boolean {
  if (!sameRegister(written, part)) return false;
  const end = written.offset + writtenBytes(written);
  return written.offset < part.offset + part.size && part.offset < end;
}

/** A write of 32 bits clears the others (SDM vol. 1, 3.4.1.1). */
function writtenBytes({ family, size }: RegisterPart): number {
  return family === 'general' && size === 4 ? 8 : size;
}
