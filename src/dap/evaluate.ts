/** Expressions of a debugger: registers, memory, symbols, comparisons, and questions. */
import { hex } from '../base/number-text.js';
import { inputError } from '../base/errors.js';
import type { Position } from '../query/position.js';
import { parseInteger } from '../query/places/numbers.js';
import { isMemoryPlace, parseMemoryPlace } from '../query/places/place.js';
import { PLAIN } from '../report/style.js';
import { whyLines } from '../report/why.js';

const COMPARISON = /^(?<left>.+?)\s*(?<operator>==|!=|<=|>=|<|>)\s*(?<right>.+)$/;
const MAX_VALUE_BYTES = 8;

/** The text that an expression stands for: a value in hexadecimal, or the answer to `why …`. */
export function evaluate(position: Position, expression: string): string {
  const text = expression.trim();
  const what = /^why\s+(?<what>.+)$/.exec(text)?.groups?.['what'];
  if (what === undefined) return hex(valueOf(position, text));
  const { trace, state, step } = position;
  const target = isMemoryPlace(what) ? parseMemoryPlace(what, 'why', trace, state) : what;
  return [...whyLines(trace.why(step, target, { depth: 4 }), PLAIN)].join('\n');
}

/** Whether a condition holds: a comparison of unsigned numbers, or a value that is not 0. */
export function holds(position: Position, condition: string): boolean {
  const { left, operator, right } = COMPARISON.exec(condition.trim())?.groups ?? {};
  if (left === undefined) return valueOf(position, condition.trim()) !== 0n;
  const [a, b] = [valueOf(position, left), valueOf(position, right!)];
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    default:
      return a >= b;
  }
}

/** @throws KvmtraceError (exit code 2) for what is no number, register, symbol or memory */
function valueOf({ trace, state }: Position, text: string): bigint {
  if (isMemoryPlace(text)) {
    const place = parseMemoryPlace(text, 'expression', trace, state);
    if (place.length > MAX_VALUE_BYTES) {
      throw inputError(
        `${text}: a value has at most ${MAX_VALUE_BYTES} bytes, so show it as memory.`,
      );
    }
    const { bytes } =
      'gpa' in place
        ? state.readPhysical(place.gpa, place.length)
        : state.readVirtual(place.gva, place.length);
    if (bytes.length < place.length)
      throw inputError(`${text} is not mapped, or there is no memory.`);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
  const name = text.replace(/^\$/, '');
  const value =
    parseInteger(name) ?? registerValue(state, name) ?? trace.symbolNamed(name)?.address;
  if (value !== undefined) return BigInt.asUintN(64, value);
  throw inputError(
    `${text} is no number, register, symbol or memory: give one as in rax, [rsp+8]:4 or main.`,
  );
}

/** Halves of the general registers, too: `eax`. */
function registerValue(state: Position['state'], name: string): bigint | undefined {
  const whole = state.register(name);
  if (whole !== undefined) return whole;
  const wide = /^e(?<rest>[a-d]x|[sd]i|[sb]p)$/.exec(name)?.groups?.['rest'];
  const value = wide === undefined ? undefined : state.register(`r${wide}`);
  return value === undefined ? undefined : BigInt.asUintN(32, value);
}
