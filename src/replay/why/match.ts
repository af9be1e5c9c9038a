/** Which of an instruction's flows wrote a place, and which bytes of it. */
import type { Flow } from '../../x86/dataflow.js';
import { partOf, type MemoryPlace, type Place } from './location.js';
import type { Execution } from './operand-place.js';
import { overlaps, writtenBytes } from './writer.js';
import type { RegisterPart } from '../../x86/register-part.js';

export interface Match {
  readonly flow: Flow;
  /** First byte of the target that the place has. */
  readonly offset: number;
  readonly size: number;
  /** Parts of the place that the instruction left as they were. */
  readonly rest: readonly Place[];
}

/** The flow that wrote bytes of the place; undefined if the instruction wrote none. */
export function matchFlow(execution: Execution, place: Place): Match | undefined {
  for (const flow of execution.flow.flows) {
    const match = matchOne(execution, flow, place);
    if (match !== undefined) return match;
  }
  return undefined;
}

function matchOne(execution: Execution, flow: Flow, place: Place): Match | undefined {
  const { target } = flow;
  switch (place.kind) {
    case 'register':
      return target.kind === 'register' && overlaps(target, place)
        ? matchRegister(flow, target, place)
        : undefined;
    case 'flags': {
      if (target.kind !== 'flags' || (target.bits & place.bits) === 0) return undefined;
      const bits = place.bits & ~target.bits;
      return { flow, offset: 0, size: 1, rest: bits === 0 ? [] : [{ kind: 'flags', bits }] };
    }
    case 'memory':
      return target.kind === 'memory' ? matchMemory(execution, flow, place) : undefined;
  }
}

function matchRegister(flow: Flow, target: RegisterPart, place: RegisterPart): Match {
  const from = Math.max(target.offset, place.offset);
  const to = Math.min(target.offset + writtenBytes(target), place.offset + place.size);
  const rest: Place[] = [];
  if (place.offset < from) rest.push(partOf(place, place.offset, from - place.offset));
  const end = place.offset + place.size;
  if (to < end) rest.push(partOf(place, to, end - to));
  return { flow, offset: from - target.offset, size: to - from, rest };
}

function matchMemory(execution: Execution, flow: Flow, place: MemoryPlace): Match | undefined {
  if (flow.target.kind !== 'memory') return undefined;
  for (const piece of execution.pieces(flow.target)) {
    const from = Math.max(piece.gpa, place.gpa);
    const to = Math.min(piece.gpa + piece.size, place.gpa + place.size);
    if (from >= to) continue;
    const rest: Place[] = [];
    if (place.gpa < from) rest.push(within(place, place.gpa, from));
    if (to < place.gpa + place.size) rest.push(within(place, to, place.gpa + place.size));
    return { flow, offset: piece.offset + from - piece.gpa, size: to - from, rest };
  }
  return undefined;
}

function within(place: MemoryPlace, from: number, to: number): MemoryPlace {
  const gva = place.gva === undefined ? undefined : place.gva + BigInt(from - place.gpa);
  return { kind: 'memory', gpa: from, size: to - from, gva };
}
