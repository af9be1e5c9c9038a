/** Numbers as people write them: decimal or 0x hexadecimal. */
import { inputError } from '../../base/errors.js';

const NUMBER = /^(?<sign>-?)(?<digits>0x[0-9a-f]+|[0-9]+)$/i;

/** The integer that `text` stands for, or undefined if it is none. */
export function parseInteger(text: string): bigint | undefined {
  const { sign, digits } = NUMBER.exec(text)?.groups ?? {};
  if (digits === undefined) return undefined;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

const MAX_ADDRESS = 2n ** 64n - 1n;
const MIN_ADDRESS = -(2n ** 63n);

/**
 * A linear address of 64 bits; one below 0 is counted from the end, as offsets from a register may be.
 *
 * @param text what to name in the message: `--memory 0x1000:8`
 * @throws KvmtraceError (exit code 2) for one that has more bits
 */
export function checkAddress(value: bigint, text: string): bigint {
  if (value < MIN_ADDRESS || value > MAX_ADDRESS) {
    throw inputError(`${text}: an address has at most 64 bits.`);
  }
  return BigInt.asUintN(64, value);
}

/**
 * A step or state, counted from the end if negative.
 *
 * @param option for messages: `--from`
 * @param end what -1 is one less than: the number of steps, or of states
 */
export function parsePosition(text: string, option: string, end: number): number {
  const value = parseInteger(text);
  if (value === undefined) {
    throw inputError(
      `${option} ${text} is not a number: give one such as 12, 0x10, or -1 for the last.`,
    );
  }
  const position = value < 0n ? BigInt(end) + value : value;
  if (position < 0n) {
    throw inputError(`${option} ${text} is before the beginning: there are only ${end}.`);
  }
  // Beyond 2^53 there is nothing; where exactly does not matter.
  return position > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(position);
}
