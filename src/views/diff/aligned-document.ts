/** The aligned comparison for programs. */
import type { Jsonable } from '../../base/json.js';
import type { AlignedDiff, FunctionDifference } from '../../diff/aligned/aligned-diff.js';
import type { FlowPoint } from '../../diff/aligned/comparison/flow.js';
import type { ListedInstruction } from '../../diff/aligned/model/listing.js';
import type { FunctionSteps } from '../../diff/aligned/model/profile.js';
import type { Pair, Side } from '../../diff/side.js';
import { sourceJson } from '../source.js';

/** The aligned comparison as the field `aligned` of the report; docs/diff.md describes it. */
export function alignedJson(pair: Pair, aligned: AlignedDiff): Jsonable {
  const { outputs, memory } = aligned;
  return {
    aligned_by: aligned.by,
    coverage: aligned.coverage,
    coverage_b: aligned.coverageB,
    steps_a: aligned.stepsA,
    steps_b: aligned.stepsB,
    control_flow: aligned.flow === undefined ? null : pointJson(pair, aligned.flow),
    lost_at: aligned.lost === undefined ? null : pointJson(pair, aligned.lost),
    detours: aligned.reshaped,
    cause: causeJson(pair, aligned),
    changed_functions: aligned.changedFunctions,
    cut: cutJson(aligned),
    functions: aligned.functions.map(functionJson),
    functions_same: aligned.functionsSame,
    calls: aligned.calls.map(({ caller, callee, a, b }) => ({ caller, callee, a, b })),
    extra_calls: aligned.extraCalls.map(({ side, step, before }) => ({
      side,
      step,
      before: before ?? null,
      function: placeOf(side === 'a' ? pair.a : pair.b, step),
    })),
    outputs: {
      same: outputs.same,
      differences: outputs.differences.map((each) => ({
        kind: each.kind,
        address: each.address,
        length_a: each.lengthA,
        length_b: each.lengthB,
        first_difference: each.common,
        step_a: each.stepA ?? null,
        step_b: each.stepB ?? null,
        a: each.a,
        b: each.b,
      })),
    },
    memory:
      memory === undefined
        ? null
        : {
            compared: memory.compared,
            only_a: memory.onlyA,
            only_b: memory.onlyB,
            differences: memory.differences.map((each) => ({
              name: each.name,
              size_a: each.sizeA,
              size_b: each.sizeB,
              offset: each.offset,
              bytes: each.bytes,
              a: each.a,
              b: each.b,
            })),
          },
  };
}

function cutJson({ cut }: AlignedDiff): Jsonable {
  if (cut === undefined) return null;
  const { side, step, ended, reason, parted } = cut;
  return { side, step, ended, reason, parted };
}

function causeJson(pair: Pair, { cause }: AlignedDiff): Jsonable {
  if (cause === undefined) return null;
  const { name, change, calls, leadsTo, way } = cause;
  const code = (side: Side, list: readonly ListedInstruction[]): Jsonable =>
    list.map(({ address, text }) => ({
      ...{ address, symbol: side.place(address), text },
      source: sourceJson(side.file.sourceAt(address)),
    }));
  return {
    function: name,
    step_a: change.stepA,
    step_b: change.stepB,
    code_a: code(pair.a, change.hunk.a),
    code_b: code(pair.b, change.hunk.b),
    calls: calls.map(({ callee, a, b }) => ({ callee, a, b })),
    leads_to: leadsTo ?? null,
    way: way.map(({ stepA, stepB, value }) => ({
      step_a: stepA,
      step_b: stepB,
      symbol: placeOf(pair.a, stepA),
      source: sourceOf(pair.a, stepA),
      text: pair.a.instruction(stepA)?.text ?? null,
      value: value === undefined ? null : { name: value.name, a: value.a, b: value.b },
    })),
  };
}

function functionJson({
  name,
  a,
  b,
  codeChanged,
  notReached,
  changes,
}: FunctionDifference): Jsonable {
  const steps = (side: FunctionSteps | undefined): Jsonable =>
    side === undefined ? null : { calls: side.calls, own: side.own, total: side.total };
  return {
    name,
    a: steps(a),
    b: steps(b),
    code_changed: codeChanged,
    not_reached: notReached,
    changes: changes.map((each) => ({ a: each.a ?? null, b: each.b ?? null })),
  };
}

function pointJson(
  pair: Pair,
  { decisionA, decisionB, stepA, stepB, nextA, nextB }: FlowPoint,
): Jsonable {
  return {
    step_a: decisionA ?? stepA,
    step_b: decisionB ?? stepB,
    symbol_a: placeOf(pair.a, decisionA ?? stepA),
    symbol_b: placeOf(pair.b, decisionB ?? stepB),
    source_a: sourceOf(pair.a, decisionA ?? stepA),
    source_b: sourceOf(pair.b, decisionB ?? stepB),
    next_a: nextA === undefined ? null : placeOf(pair.a, nextA),
    next_b: nextB === undefined ? null : placeOf(pair.b, nextB),
  };
}

function sourceOf(side: Side, step: number): Jsonable {
  const instruction = side.instruction(step);
  return sourceJson(instruction && side.file.sourceAt(instruction.address));
}

function placeOf(side: Side, step: number): string | null {
  const instruction = side.instruction(step);
  return instruction === undefined ? null : side.place(instruction.address);
}
