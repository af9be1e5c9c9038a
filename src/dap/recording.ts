/** A guest that a launch configuration names, recorded before its trace is debugged. */
import { existsSync } from 'node:fs';
import { inputError } from '../base/errors.js';
import { parseAddress, parseSize } from '../base/sizes.js';
import { FORMAT_NAMES } from '../guest/formats/format-names.js';
import type { RecordProgress, RecordSettings } from '../library/record.js';

/** `"record"` of a launch configuration: the options of `kvmtrace record`, by their names in camel case. */
export interface RecordArguments {
  readonly format?: string;
  readonly mode?: string;
  /** Addresses and sizes are numbers, or texts as on the command line: `0x7c00`, `64M`. */
  readonly load?: string | number;
  readonly entry?: string | number;
  readonly memory?: string | number;
  readonly maxSteps?: number;
  readonly append?: string;
  readonly initrd?: string;
  readonly modules?: readonly string[];
  readonly efiRoot?: string;
  readonly efiVars?: string;
  readonly portInput?: string;
  readonly host?: string;
}

/** What is told of a recording while it lasts. */
export interface RecordingWatch {
  readonly signal: AbortSignal;
  onOutput(bytes: Uint8Array): void;
  onProgress(progress: RecordProgress): void;
}

/** The trace of a guest for which none is named: beside it. */
export function traceBeside(guest: string): string {
  return `${guest}.db`;
}

/**
 * Records `guest` into `trace`, in place of what a launch before recorded there.
 *
 * @returns what the user should know, a sentence a line
 * @throws KvmtraceError for what is wrong with the guest or its settings (exit code 2), or with the
 * machine (3); a trace that was there is left as it was then
 */
export async function recordForLaunch(
  guest: string,
  trace: string,
  settings: RecordArguments,
  watch: RecordingWatch,
): Promise<readonly string[]> {
  const options = recordSettings(settings);
  // A trace is debugged where there is no KVM.
  const { record } = await import('../library/record.js');
  const result = await record(guest, trace, { ...options, ...watch, force: existsSync(trace) });
  return [...result.notes, `recorded ${result.steps} steps: ${result.detail}`];
}

/** Named to be found in a message by whoever wrote the launch configuration. */
function recordSettings(settings: RecordArguments): RecordSettings {
  const known: Readonly<Record<keyof RecordArguments, (value: unknown, name: string) => unknown>> =
    {
      format: oneOf(['auto', ...FORMAT_NAMES]),
      mode: oneOf(['real', 'protected', 'long']),
      load: (value, name) => parseAddress(String(value), name),
      entry: (value, name) => parseAddress(String(value), name),
      memory: (value, name) => parseSize(String(value), name),
      maxSteps: count,
      append: text,
      initrd: text,
      modules: (value, name) => {
        if (Array.isArray(value)) return value.map((each) => text(each, name));
        throw inputError(`${name} has to be a list of texts.`);
      },
      efiRoot: text,
      efiVars: text,
      portInput: text,
      host: oneOf(['auto', 'kvm', 'emulated']),
    };
  const entries = Object.entries(settings).map(([key, value]: [string, unknown]) => {
    const name = `"record": {"${key}"}`;
    if (!Object.hasOwn(known, key)) {
      throw inputError(`${name} is no setting: give some of ${Object.keys(known).join(', ')}.`);
    }
    return [key, known[key as keyof RecordArguments](value, name)] as const;
  });
  return Object.fromEntries(entries);
}

function oneOf(words: readonly string[]) {
  return (value: unknown, name: string): string => {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw inputError(`${name} ${JSON.stringify(value)} is none of ${words.join(', ')}.`);
  };
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw inputError(`${name} ${JSON.stringify(value)} has to be a text.`);
}

function count(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw inputError(`${name} ${JSON.stringify(value)} has to be a positive whole number.`);
}
