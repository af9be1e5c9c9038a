/** Where derived rows go: the tables of schema/0002_derived.sql. */
import type { AccessRunRow, EfiCallRow } from '../trace/write/derived-writer.js';

export const CALL_KINDS = [
  'start',
  'call',
  'tail',
  'resume',
  'syscall',
  'fault',
  'trap',
  'interrupt',
  'nmi',
  'software',
] as const;
/**
 * How a call came to be. `start`: what the trace begins in. `tail`: a jump to a function, which takes
 * the caller's place. `resume`: likewise, to the middle of one that is not under way here: it goes on.
 */
export type CallKind = (typeof CALL_KINDS)[number];

export const CALL_ENDS = ['return', 'tail', 'unwound', 'open'] as const;
/** `open`: the trace ended first. `unwound`: left without a return, as by longjmp. */
export type CallEnd = (typeof CALL_ENDS)[number];

export interface DerivedSink {
  call(
    id: number,
    parent: number | undefined,
    kind: CallKind,
    address: bigint,
    firstStep: number,
    lastStep: number,
    depth: number,
    ownSteps: number,
    ended: CallEnd,
  ): void;
  functionSteps(address: bigint, calls: number, ownSteps: number, totalSteps: number): void;
  instructionSteps(instruction: number, steps: number, firstStep: number, lastStep: number): void;
  executionMark(address: bigint, rank: number, step: number): void;
  accessRun(run: AccessRunRow): void;
  efiCall(call: EfiCallRow): void;
}
