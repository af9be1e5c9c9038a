/** What a comparison shall not report. */
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import type { Side } from './side.js';

/** A run of guest-physical memory, its length in bytes. */
export interface MemoryRange {
  readonly gpa: number;
  readonly length: number;
}

/**
 * Two sorts of rules. Inputs, input ports and undefined flags are *sources*: what they change, and
 * what follows from that through registers and memory, is not reported until it decides a branch.
 * Registers and memory ranges are *places*: differences there are not reported, those that come
 * from there elsewhere are.
 */
export interface IgnoreRules {
  /** Names as in the table `register`. */
  readonly registers: ReadonlySet<string>;
  readonly memory: readonly MemoryRange[];
  readonly ports: ReadonlySet<number>;
  /** Kinds of `input_value` ('tsc', 'random' …) and 'mmio'. */
  readonly inputs: ReadonlySet<string>;
  readonly undefinedFlags: boolean;
}

/** The rules where none are given: undefined flags alone do not count. */
export const NOTHING_IGNORED: IgnoreRules = {
  registers: new Set(),
  memory: [],
  ports: new Set(),
  inputs: new Set(),
  undefinedFlags: true,
};

const MAX_PORT = 0xffff;
const MEMORY_END = 2 ** 52;

/** The inputs that may be declared; 'tsc' stands for 'tscp' too. */
const IGNORABLE_INPUTS = ['tsc', 'cpuid', 'pmc', 'random', 'msr', 'mmio'] as const;

/** The rules as they are given on the command line or in a manifest. */
export interface IgnoreTexts {
  readonly registers?: readonly string[];
  readonly memory?: readonly string[];
  readonly ports?: readonly string[];
  readonly inputs?: readonly string[];
  readonly undefinedFlags?: boolean;
}

/** Reads rules as they stand on a command line or in a manifest. */
export function parseIgnoreRules(texts: IgnoreTexts): IgnoreRules {
  const inputs = new Set(texts.inputs);
  for (const input of inputs) {
    if (!(IGNORABLE_INPUTS as readonly string[]).includes(input)) {
      throw inputError(
        `${option('ignore-input')} ${input} is no input: give one of ${IGNORABLE_INPUTS.join(', ')}.`,
      );
    }
  }
  if (inputs.has('tsc')) inputs.add('tscp');
  return {
    registers: new Set((texts.registers ?? []).map((name) => name.toLowerCase())),
    memory: (texts.memory ?? []).map(parseRange),
    ports: new Set((texts.ports ?? []).map(parsePort)),
    inputs,
    undefinedFlags: texts.undefinedFlags ?? true,
  };
}

function parsePort(text: string): number {
  const port = parseNumber(text, option('ignore-port'));
  if (port <= MAX_PORT) return port;
  throw inputError(`${option('ignore-port')} ${text} is no port: they go from 0 to 0xffff.`);
}

/** `0x1000:0x20` or `0x1000-0x101f`. */
function parseRange(text: string): MemoryRange {
  const [, from, separator, to] = /^([^:-]+)([:-])([^:-]+)$/.exec(text) ?? [];
  if (from === undefined || separator === undefined || to === undefined) {
    throw inputError(
      `${option('ignore-memory')} ${text} is no range: give ADDRESS:LENGTH or FIRST-LAST, such as 0x1000:0x20.`,
    );
  }
  const gpa = parseNumber(from, option('ignore-memory'));
  const number = parseNumber(to, option('ignore-memory'));
  const length = separator === ':' ? number : number - gpa + 1;
  if (length < 1)
    throw inputError(`${option('ignore-memory')} ${text} is empty: give at least one byte.`);
  if (gpa + length > MEMORY_END) {
    throw inputError(
      `${option('ignore-memory')} ${text} is beyond the 52 bits of physical addresses that x86 has: give an address below 0x10000000000000.`,
    );
  }
  return { gpa, length };
}

function parseNumber(text: string, name: string): number {
  const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw inputError(`${name} ${text} is not a number: give one such as 0x3f8.`);
}

/** Refuses registers that neither trace knows: a rule that ignores nothing is a mistake. */
export function checkRegisters(rules: IgnoreRules, sides: readonly Side[]): void {
  for (const name of rules.registers) {
    if (sides.some((side) => side.file.registers.named(name) !== undefined)) continue;
    throw inputError(
      `${option('ignore-register')} ${name}: the traces know no such register; their table register has the names of all.`,
    );
  }
}

/** Whether a rule hides the byte at `gpa`. */
export function ignoresMemory(rules: IgnoreRules, gpa: number): boolean {
  return rules.memory.some((range) => gpa >= range.gpa && gpa < range.gpa + range.length);
}
