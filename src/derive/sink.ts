/** Where derived rows go: the tables of schema/0002_derived.sql. */
import type { CallEnd, CallKind } from '../trace/format/derived-schema.js';
import type { AccessRunRow, EfiCallRow } from '../trace/write/derived-writer.js';

/** Takes the rows of one pass, in the order in which they are final. */
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
