/** What tools answer with: JSON of bounded length, in which wide integers are hexadecimal strings. */
import { hexBytes, hex } from '../base/number-text.js';

/** Values that answers are made of. */
export type Answer =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Answer[]
  | { readonly [key: string]: Answer | undefined };

/** Of an answer as text: some five thousand tokens. Tools stop long before; this is the last bound. */
export const MAX_ANSWER_CHARACTERS = 24_000;

/** Characters of a line: disassembly with changes of wide memory may be long. */
const MAX_LINE_CHARACTERS = 400;

/**
 * JSON: bigints as `0x…` of their 64 bits (a number that JavaScript would round is none that a model can
 * compare), bytes as hexadecimal text.
 */
export function answerText(answer: Answer): string {
  const text = JSON.stringify(convert(answer), undefined, 1);
  if (text.length <= MAX_ANSWER_CHARACTERS) return text;
  return `${text.slice(0, MAX_ANSWER_CHARACTERS)}\n… cut off here: ask for less at a time (a smaller count, limit or depth).`;
}

function convert(answer: Answer): unknown {
  if (typeof answer === 'bigint') return hex(BigInt.asUintN(64, answer));
  if (answer === null || typeof answer !== 'object') return answer;
  if (answer instanceof Uint8Array) return hexBytes(answer);
  if (isList(answer)) return answer.map(convert);
  return Object.fromEntries(
    Object.entries(answer).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, convert(value)]],
    ),
  );
}

function isList(answer: Answer): answer is readonly Answer[] {
  return Array.isArray(answer);
}

/** Lines of at most some hundred characters. */
export function shortLines(lines: Iterable<string>): string[] {
  return Array.from(lines, (line) =>
    line.length <= MAX_LINE_CHARACTERS ? line : `${line.slice(0, MAX_LINE_CHARACTERS)}…`,
  );
}

/** The first lines of a text, and how many there are beyond them. */
export function firstLines(
  lines: readonly string[],
  most: number,
): { readonly lines: string[]; readonly further: number } {
  return { lines: shortLines(lines.slice(0, most)), further: Math.max(0, lines.length - most) };
}
