/** The aligned comparison for programs. */
import type { Jsonable } from '../../base/json.js';
import type { AlignedDiff, FunctionDifference } from '../../diff/aligned/aligned-diff.js';
import type { FlowPoint } from '../../diff/aligned/comparison/flow.js';
import type { FunctionSteps } from '../../diff/aligned/model/profile.js';
import type { Pair, Side } from '../../diff/side.js';

export function alignedJson(pair: Pair, aligned: AlignedDiff): Jsonable {
  const { outputs, memory } = aligned;
  return {
    aligned_by: aligned.by,
    coverage: aligned.coverage,
    steps_a: aligned.stepsA,
    steps_b: aligned.stepsB,
    control_flow: aligned.flow === undefined ? null : pointJson(pair, aligned.flow),
    lost_at: aligned.lost === undefined ? null : pointJson(pair, aligned.lost),
    detours: aligned.reshaped,
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

function functionJson({ name, a, b, codeChanged, changes }: FunctionDifference): Jsonable {
  const steps = (side: FunctionSteps | undefined): Jsonable =>
    side === undefined ? null : { calls: side.calls, own: side.own, total: side.total };
  return {
    name,
    a: steps(a),
    b: steps(b),
    code_changed: codeChanged,
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
    next_a: nextA === undefined ? null : placeOf(pair.a, nextA),
    next_b: nextB === undefined ? null : placeOf(pair.b, nextB),
  };
}

function placeOf(side: Side, step: number): string | null {
  const instruction = side.instruction(step);
  return instruction === undefined ? null : side.place(instruction.address);
}
