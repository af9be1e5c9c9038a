/** What the bytes that a step wrote were made of. */
import type { RegisterPart } from '../../x86/register-part.js';
import { partOf, placeName, type Place } from './location.js';
import type { Hit, Match } from './match.js';
import type { Execution } from './operand-place.js';

/** A place at the state that it was read at. */
export interface Source {
  readonly place: Place;
  readonly state: number;
}

/** Each place once. */
export function sourcesOf(execution: Execution, { hits, rest }: Match, step: number): Source[] {
  const places = hits.flatMap((hit) => {
    const { kind, sources } = hit.flow;
    if (kind !== 'computed') return copiedPlaces(execution, hit);
    return sources.flatMap((operand) => execution.places(operand, 0, execution.sizeOf(operand)));
  });
  const byName = new Map([...places, ...rest].map((place) => [placeName(place), place]));
  return [...byName.values()].map((place) => ({ place, state: step }));
}

/** Where the whole of a place was moved from, or that it stayed; undefined if it was made. */
export function movedFrom(
  { hits, rest }: Match,
  sources: readonly Source[],
): { readonly source: Source; readonly kept: boolean } | undefined {
  const [hit] = hits;
  const [source] = sources;
  if (hit === undefined || hits.length > 1 || rest.length > 0) return undefined;
  if (source === undefined || sources.length > 1 || hit.flow.kind === 'computed') return undefined;
  return { source, kept: hit.flow.kind === 'kept' };
}

/** The bytes of the source that became the bytes of the target that were hit. */
function copiedPlaces(execution: Execution, { flow, offset, size }: Hit): Place[] {
  const [operand] = flow.sources;
  const { target } = flow;
  if (operand === undefined) return [];
  const available = execution.sizeOf(operand);
  let from = offset;
  if (execution.dataflow.string && target.kind === 'memory' && operand.kind === 'register') {
    return storedElements(operand, target.size, offset, size);
  }
  if (execution.dataflow.string && target.kind === 'register' && operand.kind === 'memory') {
    from = offset + execution.lastElement(operand);
  }
  const length = Math.min(size, available - from);
  if (length <= 0) return []; // Zero-extended.
  if (operand.kind === 'register') return [partOf(operand, operand.offset + from, length)];
  return execution.places(operand, from, length);
}

/** STOS: every element is the accumulator, so several of them are parts of it in turn. */
function storedElements(
  accumulator: RegisterPart,
  element: number,
  offset: number,
  size: number,
): Place[] {
  const places: Place[] = [];
  for (let done = 0; done < Math.min(size, 2 * element);) {
    const from = (offset + done) % element;
    const length = Math.min(element - from, size - done);
    places.push(partOf(accumulator, accumulator.offset + from, length));
    done += length;
  }
  return places;
}
