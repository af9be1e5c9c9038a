/** The change of the code that two builds part for, in words: the first thing that reports tell. */
import { asCharacter, bytesText, counted, hex } from '../../base/number-text.js';
import type { AlignedDiff, FunctionDifference } from '../../diff/aligned/aligned-diff.js';
import { isCompiledOtherwise, type CodeCause } from '../../diff/aligned/cause/code-cause.js';
import type { TrailStep, TrailValue } from '../../diff/aligned/cause/value-trail.js';
import type { ListedInstruction } from '../../diff/aligned/model/listing.js';
import type { Pair, Side } from '../../diff/side.js';
import { stepsText } from '../../diff/exact/verdict.js';
import { causePlace, causeTitle } from '../../diff/aligned/cause/cause-title.js';
import { wayText } from './aligned-words.js';
import { stepLineOf, type ContextLine } from './words.js';

/** An instruction that stands in one build alone. */
export interface CodeLine {
  readonly side: 'a' | 'b';
  readonly place: string;
  readonly text: string;
  /** `sort.c:12`; empty where the trace has no source lines. */
  readonly source: string;
}

/** A step of the way from the change to what it decides. */
export interface WayLine extends ContextLine {
  /** `rax 0x1 | 0x2`; empty where the step only decided something. */
  readonly value: string;
}

/** The change of the code, in words. */
export interface CauseView {
  /** `siphash+0x1b0 has other code, first run at step 6801`. */
  readonly title: string;
  /** Of the code, in both builds. */
  readonly place: string;
  /** In a; where a has none of it, what follows. */
  readonly address: bigint | undefined;
  readonly code: readonly CodeLine[];
  /** `8 -> 9 calls of siphash_round in that call of siphash`. */
  readonly calls: string | undefined;
  /** The value that it made another. */
  readonly value: string | undefined;
  readonly way: readonly WayLine[];
  /** What the way leads to. */
  readonly end: string;
}

/** Instructions of a build that are shown, and steps of the way. */
const MAX_CODE = 6;
const MAX_WAY = 10;

/** The cause of an aligned comparison in words; undefined where it names none. */
export function causeView(pair: Pair, aligned: AlignedDiff): CauseView | undefined {
  const { cause } = aligned;
  if (cause === undefined) return undefined;
  const { change, name, calls, way } = cause;
  const { hunk } = change;
  const at = hunk.a[0] ?? hunk.nextA;
  const shown =
    way.length <= MAX_WAY ? way : [...way.slice(0, MAX_WAY / 2), ...way.slice(-MAX_WAY / 2)];
  return {
    title: causeTitle(pair, cause),
    place: causePlace(pair, cause),
    address: at?.address,
    code: [
      ...codeLines(pair.a, 'a', hunk.a, hunk.nextA),
      ...codeLines(pair.b, 'b', hunk.b, hunk.nextB),
    ],
    calls:
      calls.length === 0
        ? undefined
        : `${calls.map((each) => `${each.a} -> ${each.b} calls of ${each.callee}`).join(', ')} in that call of ${name}`,
    value: lastValueIn(pair, way, cause),
    way: shown.flatMap((step) => wayLine(pair.a, step)),
    end: endText(pair, aligned),
  };
}

function codeLines(
  side: Side,
  name: 'a' | 'b',
  code: readonly ListedInstruction[],
  next: ListedInstruction | undefined,
): CodeLine[] {
  const lines = code.slice(0, MAX_CODE).map(({ address, text }) => ({
    ...{ side: name, text, place: side.place(address), source: side.source(address) },
  }));
  if (code.length > MAX_CODE) {
    lines.push({
      side: name,
      ...{ place: '', source: '' },
      text: `… and ${counted(code.length - MAX_CODE, 'more', 'more')}`,
    });
  }
  if (code.length > 0) return lines;
  const place = next === undefined ? '' : side.place(next.address);
  const source = next === undefined ? '' : side.source(next.address);
  return [{ side: name, place, source, text: 'nothing of it' }];
}

/** A value that differs: its name, and what it is in a and in b. */
export function valueText({ name, a, b }: TrailValue): string {
  return `${name} ${hex(a)} | ${hex(b)}`;
}

/** What the function that changed left behind: the last that it wrote on the way. */
function lastValueIn(
  pair: Pair,
  way: readonly TrailStep[],
  { change }: CodeCause,
): string | undefined {
  const { address } = change.match.a;
  const symbol = pair.a.file.symbols.at(address)?.symbol;
  const isIn = ({ stepA }: TrailStep): boolean => {
    const at = pair.a.instruction(stepA)?.address;
    return at !== undefined && pair.a.file.symbols.at(at)?.symbol === symbol;
  };
  const valued = way.filter(({ value }) => value !== undefined);
  const step = valued.findLast(isIn) ?? valued[0];
  if (step?.value === undefined) return undefined;
  const where = pair.a.whereOfStep(step.stepA);
  return `${valueText(step.value)} after ${stepsText(step)}${where === undefined ? '' : `, ${where}`}`;
}

function wayLine(side: Side, { stepA, value }: TrailStep): WayLine[] {
  const line = stepLineOf(side, stepA);
  if (line === undefined) return [];
  return [{ ...line, value: value === undefined ? '' : valueText(value) }];
}

function endText(pair: Pair, { cause, flow, outputs, reshaped, extraCalls }: AlignedDiff): string {
  const last = cause?.way.at(-1);
  if (cause?.leadsTo === 'branch' && last !== undefined && flow !== undefined) {
    return `${endOfWay(pair.a, last)}, goes to ${wayText(pair, flow.nextA, flow.nextB)}`;
  }
  if (cause?.leadsTo === 'output' && last !== undefined) {
    return `output at ${endOfWay(pair.a, last)}`;
  }
  if (flow === undefined && outputs.differences.length === 0) {
    return reshaped + extraCalls.length === 0
      ? 'decides no branch, and changes no output'
      : 'decides no branch that both builds have, and changes no output';
  }
  return 'the way from it to what differs is not known: followed as far as both builds run together';
}

function endOfWay(side: Side, last: TrailStep): string {
  const { stepA } = last;
  return `${stepsText(last)}, ${side.whereOfStep(stepA) ?? ''}: ${side.instruction(stepA)?.text ?? ''}`;
}

/** What followed, folded: output, and functions that are not reached any more, or now are. */
export function afterText({ outputs, functions }: AlignedDiff): string[] {
  const lines = outputs.differences.slice(0, 2).map(({ kind, address, common, a, b }) => {
    const from = Math.min(common, SHOWN_BEFORE);
    const text = (bytes: Uint8Array): string => {
      const rest = bytes.subarray(from);
      if (rest.length === 0) return 'nothing';
      const plain = Buffer.from(rest).toString('latin1');
      return /^[\t\n\r -~]*$/.test(plain)
        ? JSON.stringify(plain)
        : bytesText(rest, 12) + asCharacter(rest);
    };
    const where = kind === 'port' ? `port ${hex(address)}` : `MMIO page ${hex(address)}`;
    return `${where}: ${text(a)} | ${text(b)}`;
  });
  const [gone, come] = [unreached(functions, 'b'), unreached(functions, 'a')];
  if (gone.length > 0) lines.push(`${counted(gone.length, 'function')} no longer reached`);
  if (come.length > 0) lines.push(`${counted(come.length, 'function')} reached now`);
  return lines;
}

/** As outputs.ts shows them: bytes before the first that differs. */
const SHOWN_BEFORE = 12;

/** Names of functions that a build has and its run did not come to, as the other did. */
export function unreached(functions: readonly FunctionDifference[], side: 'a' | 'b'): string[] {
  return functions
    .filter((each) => each.notReached && each[side] === undefined)
    .map(({ name }) => name);
}

/** Why no one change of the code is named. */
export function compiledOtherwise(aligned: AlignedDiff): string | undefined {
  const { cause, changedFunctions, all } = aligned;
  const both = all.filter(({ a, b }) => a !== undefined && b !== undefined).length;
  if (cause !== undefined || !isCompiledOtherwise(changedFunctions, both)) return undefined;
  return `${changedFunctions} of ${both} functions that both ran have other code: compiled otherwise, or another version; no one change is the cause`;
}
