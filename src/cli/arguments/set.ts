/** `--set`: `rax=5`, or `[0x2000]=01 02`. */
import { inputError } from '../../base/errors.js';
import { SETTABLE, type ForkSet } from '../../recorder/fork.js';
import { parseInteger } from '../../query/places/numbers.js';

const MEMORY = /^\[\s*(?<gpa>[^\]]+?)\s*\]\s*=\s*(?<bytes>(?:[0-9a-f]{2}\s*)+)$/i;
const REGISTER = /^(?<name>\w+)\s*=\s*(?<value>\S+)$/;
const MAX_GPA = 2n ** 52n;
const MAX_UNSIGNED = 2n ** 64n - 1n;
const MIN_SIGNED = -(2n ** 63n);

/** Throws a KvmtraceError for what is neither. */
export function parseSet(text: string): ForkSet {
  return parseMemory(text) ?? parseRegister(text) ?? fail(text);
}

function parseMemory(text: string): ForkSet | undefined {
  const { gpa: place = '', bytes: digits = '' } = MEMORY.exec(text.trim())?.groups ?? {};
  const gpa = parseInteger(place);
  if (gpa === undefined || gpa < 0n || gpa >= MAX_GPA) return undefined;
  const bytes = Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'));
  return { gpa: Number(gpa), bytes, text };
}

function parseRegister(text: string): ForkSet | undefined {
  const { name = '', value: digits = '' } = REGISTER.exec(text.trim())?.groups ?? {};
  const value = parseInteger(digits);
  const fits = value !== undefined && value >= MIN_SIGNED && value <= MAX_UNSIGNED;
  if (!SETTABLE.has(name) || !fits) return undefined;
  return { register: name, value, text };
}

function fail(text: string): never {
  throw inputError(
    `--set ${text}: give a general register, rip or rflags and a number, as in rax=5, or the bytes at a physical address, as in '[0x2000]=01 02'.`,
  );
}
