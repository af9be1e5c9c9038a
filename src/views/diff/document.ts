/** The report for programs; docs/diff.md describes it. The version changes when a field's meaning does. */
import type { Jsonable } from '../../base/json.js';
import type { Cause } from '../../diff/dataflow/cause.js';
import type { DiffResult } from '../../diff/diff.js';
import type { Branch, Difference, DivergenceGroup, ExactDiff } from '../../diff/exact/result.js';
import { LEAST_SHARE } from '../../diff/relation.js';
import type { Pair, Side } from '../../diff/side.js';
import { alignedJson } from './aligned-document.js';
import { sourceJson } from '../source.js';

/** What the JSON report calls itself in its field `format`. */
export const JSON_FORMAT = 'kvmtrace-diff';
/** Version of the JSON report; it changes when a field's meaning does. */
export const JSON_VERSION = 1;

/** The whole report as JSON. */
export function jsonReport(pair: Pair, result: DiffResult): { readonly [key: string]: Jsonable } {
  return {
    format: JSON_FORMAT,
    version: JSON_VERSION,
    verdict: result.verdict,
    same: result.same,
    a: sideJson(pair.a),
    b: sideJson(pair.b),
    passed: result.passed,
    guests: relationJson(result),
    other_end: result.otherEnd ?? null,
    exact: result.exact === undefined ? null : exactJson(pair, result.exact),
    aligned: result.aligned === undefined ? null : alignedJson(pair, result.aligned),
    limits: result.gates.map(({ name, before, after, limitPercent, exceeded }) => ({
      name,
      before,
      after,
      limit_percent: limitPercent,
      exceeded,
    })),
  };
}

function relationJson({ relation, refused }: DiffResult): Jsonable {
  const { sameGuest, by, share } = relation;
  return {
    same: sameGuest,
    shared_by: by ?? null,
    share: sameGuest || by !== undefined ? share : null,
    least_share: LEAST_SHARE,
    refused,
  };
}

function sideJson(side: Side): Jsonable {
  return {
    path: side.path,
    steps: side.stepCount,
    complete: side.complete,
    unaltered: side.file.unaltered,
    stop_reason: side.meta('stop_reason') ?? null,
    exit_code: side.meta('exit_code') ?? null,
    guest: side.meta('guest') ?? null,
    guest_sha256: side.meta('guest_sha256') ?? null,
  };
}

function exactJson(pair: Pair, exact: ExactDiff): Jsonable {
  return {
    same: exact.same,
    by: exact.by,
    first: exact.groups[0] === undefined ? null : firstJson(pair, exact.groups[0]),
    causes: exact.groups.map((group) => groupJson(pair, group)),
    initial: exact.initial.map(({ kind, name, a, b }) => ({ kind, name, a, b })),
    machine: exact.machine.map(({ kind, name, a, b }) => ({ kind, name, a, b })),
    ignored: exact.ignored.map(causeJson),
    hidden: exact.hidden.map(({ kind, address, count }) => ({ kind, address, count })),
    not_compared: exact.notCompared,
    followed_to: exact.followedTo ?? null,
    start: { step_a: exact.start.stepA, step_b: exact.start.stepB, sets: exact.start.sets },
  };
}

function firstJson(pair: Pair, { first }: DivergenceGroup): Jsonable {
  const instruction = pair.a.instruction(first.stepA);
  return {
    step_a: first.stepA,
    step_b: first.stepB,
    rip: instruction?.rip ?? null,
    symbol: instruction === undefined ? null : pair.a.place(instruction.address),
    source: sourceJson(instruction && pair.a.file.sourceAt(instruction.address)),
    text: instruction?.text ?? null,
    differences: first.differences.map((difference) => differenceJson(pair, difference)),
  };
}

function groupJson(pair: Pair, group: DivergenceGroup): Jsonable {
  return {
    cause: causeJson(group.cause),
    first: firstJson(pair, group),
    branch: group.branch === undefined ? null : branchJson(pair, group.branch),
    steps: group.steps,
    branches: group.branches,
  };
}

function causeJson(cause: Cause): { readonly [key: string]: Jsonable } {
  const { kind, stepA, stepB, what, a, b, sourcesEqual } = cause;
  const equal = sourcesEqual === undefined ? {} : { sources_equal: sourcesEqual };
  return { kind, step_a: stepA, step_b: stepB, what, a, b, ...equal };
}

function branchJson(pair: Pair, branch: Branch): Jsonable {
  const { stepA, stepB, nextA, nextB, path, resync } = branch;
  const instruction = pair.a.instruction(stepA);
  return {
    step_a: stepA,
    step_b: stepB,
    rip: instruction?.rip ?? null,
    symbol: instruction === undefined ? null : pair.a.place(instruction.address),
    source: sourceJson(instruction && pair.a.file.sourceAt(instruction.address)),
    text: instruction?.text ?? null,
    next_a: nextA ?? null,
    next_b: nextB ?? null,
    path: path.map((each) => ({ step_a: each.stepA, step_b: each.stepB })),
    resync: resync === undefined ? null : { step_a: resync.stepA, step_b: resync.stepB },
  };
}

function differenceJson(pair: Pair, difference: Difference): Jsonable {
  const { kind } = difference;
  switch (kind) {
    case 'register':
      return { kind, name: difference.name, a: difference.a ?? null, b: difference.b ?? null };
    case 'memory': {
      const { gpa, a, b } = difference;
      return { kind, gpa, a, b };
    }
    case 'port':
      return {
        ...{ kind, direction: difference.direction, port: difference.address },
        ...{ a: difference.a ?? null, b: difference.b ?? null },
      };
    case 'mmio':
      return {
        ...{ kind, direction: difference.direction, gpa: difference.address },
        ...{ a: difference.a ?? null, b: difference.b ?? null },
      };
    case 'interruption':
      return { kind, a: difference.a ?? null, b: difference.b ?? null };
    case 'input':
      return { kind, input: difference.input, a: difference.a ?? null, b: difference.b ?? null };
    case 'code':
      return { kind, address: difference.address, a: difference.a, b: difference.b };
    case 'end':
      return { kind, a: difference.a, b: difference.b };
    case 'control': {
      const { a, b } = difference;
      return {
        ...{ kind, a: a ?? null, b: b ?? null },
        symbol_a: a === undefined ? null : pair.a.place(a),
        symbol_b: b === undefined ? null : pair.b.place(b),
      };
    }
  }
}
