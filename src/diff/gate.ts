/** Regression gates on counts of steps, which unlike time do not flake. */
import { changePercent } from '../base/number-text.js';
import { suggestion } from '../base/suggest.js';
import { demangle, withoutParameters } from '../trace/read/demangle.js';
import { inputError } from '../base/errors.js';
import type { FunctionDifference } from './aligned/aligned-diff.js';
import type { Pair, Side } from './side.js';

/** The limits, in percent of what the golden trace has. */
export interface GateOptions {
  /** Percent by which all steps together may grow. */
  readonly steps?: number | undefined;
  /** Percent by which the total steps of a function may grow. */
  readonly functions?: ReadonlyMap<string, number> | undefined;
}

/** A limit, the counts that it is about, and whether it is exceeded. */
export interface GateResult {
  /** `steps`, or the function's name. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly limitPercent: number;
  readonly exceeded: boolean;
}

/** Whether there is any limit. */
export function hasGates({ steps, functions }: GateOptions): boolean {
  return steps !== undefined || (functions?.size ?? 0) > 0;
}

/** `2%`, `0.5%`, `3`. */
export function parsePercent(text: string, option: string): number {
  const value = /^\d+(?:\.\d+)?%?$/.test(text) ? parseFloat(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw inputError(`${option} ${text} is not a percentage: give one such as 2%.`);
}

/** Texts such as `main=5%`: one limit for a function. */
export function parseFunctionGates(texts: readonly string[]): Map<string, number> {
  const gates = new Map<string, number>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    if (at <= 0) {
      throw inputError(`--function ${text} has no limit: give NAME=PERCENT, such as main=5%.`);
    }
    const name = text.slice(0, at);
    if (gates.has(name)) {
      throw inputError(`--function ${name} was given two limits: give it one.`);
    }
    gates.set(name, parsePercent(text.slice(at + 1), '--function'));
  }
  return gates;
}

/** @param functions every function of either trace; needed for gates of functions alone */
export function checkGates(
  options: GateOptions,
  { a, b }: Pair,
  functions: readonly FunctionDifference[],
): GateResult[] {
  const results: GateResult[] = [];
  const add = (name: string, before: number, after: number, limitPercent: number): void => {
    const exceeded = after > before * (1 + limitPercent / 100);
    results.push({ name, before, after, limitPercent, exceeded });
  };
  if (options.steps !== undefined) add('steps', a.stepCount, b.stepCount, options.steps);
  for (const [name, percent] of options.functions ?? []) {
    const found = functionNamed(functions, name);
    if (found === undefined) {
      const near = suggestion(
        name,
        functions.map((each) => each.name),
      );
      throw inputError(`--function ${name}: neither trace ran a function of that name${near}.`);
    }
    add(name, found.a?.total ?? 0, found.b?.total ?? 0, percent);
  }
  return results;
}

/** The function of this name, as the report, the guest's file or the source (with or without parameters) has it. */
function functionNamed(
  functions: readonly FunctionDifference[],
  name: string,
): FunctionDifference | undefined {
  const exact = functions.find((each) => each.name === name);
  if (exact !== undefined) return exact;
  const source = demangle(name);
  const whole = functions.find((each) => demangle(each.name) === source);
  if (whole !== undefined) return whole;
  const bare = functions.filter((each) => withoutParameters(demangle(each.name)) === source);
  return bare.length === 1 ? bare[0] : undefined;
}

/** How a guest ended: a run that crashed or was cut short has kept no limit. */
export function endOf(side: Side): string {
  const code = side.meta('exit_code');
  const reason = side.meta('stop_reason') ?? 'incomplete';
  return code === undefined ? reason : `${reason} with exit code ${code}`;
}

/** `ended by shutdown instead of hlt`, if the two ended otherwise. */
export function otherEnd({ a, b }: Pair): string | undefined {
  const [before, after] = [endOf(a), endOf(b)];
  return before === after ? undefined : `ended by ${after} instead of ${before}`;
}

/** A limit and its counts as a line. */
export function gateText({ name, before, after, limitPercent, exceeded }: GateResult): string {
  const change = changePercent(before, after);
  return `${name}: ${before} -> ${after} steps (${change}), ${exceeded ? 'more than' : 'within'} ${limitPercent}%`;
}
