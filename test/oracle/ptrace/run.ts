import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, sourcePath } from '../helpers/build.js';
import { writeRamFile } from '../helpers/memory.js';
import type { OracleTrace } from '../helpers/trace.js';

/** Words of a state: general registers in the order of struct kvm_regs, rip, rflags. */
export const STATE_WORDS = 18;
export const STATE_RIP = 16;
export const STATE_FLAGS = 17;
const STATE_BYTES = STATE_WORDS * 8;

/** Builds the stepper; returns its path. */
export function buildStepper(directory: string): string {
  const path = join(directory, 'stepper');
  const sources = ['stepper.c', 'child.c', 'instructions.c'].map((name) =>
    sourcePath(`ptrace/${name}`),
  );
  run('gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-o', path, ...sources);
  return path;
}

export interface ProcessRun {
  /** The states, in order; the array is reused. */
  readonly states: AsyncIterable<BigUint64Array>;
  /** Holds the memory of the last state once `states` has ended. */
  readonly ramPath: string;
}

/** Runs the guest of a trace in a process, from the trace's state 0 on, as far as the trace goes. */
export function runInProcess(
  stepper: string,
  trace: OracleTrace,
  start: { readonly registers: BigUint64Array; readonly mode: number },
  directory: string,
): ProcessRun {
  const ramPath = join(directory, 'ram');
  const registersPath = join(directory, 'registers');
  const portsPath = join(directory, 'ports');
  writeRamFile(trace, ramPath);
  const words = BigUint64Array.of(...start.registers, BigInt(start.mode));
  writeFileSync(registersPath, new Uint8Array(words.buffer));
  writeFileSync(portsPath, trace.portInput());
  const parameters = [ramPath, registersPath, portsPath, String(trace.steps)];
  return { states: readStates(stepper, parameters), ramPath };
}

async function* readStates(
  stepper: string,
  parameters: readonly string[],
): AsyncGenerator<BigUint64Array> {
  const child = spawn(stepper, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (message += text));
  const closed = once(child, 'close') as Promise<[code: number | null]>;
  const state = new BigUint64Array(STATE_WORDS);
  const bytes = new Uint8Array(state.buffer);
  let filled = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const count = Math.min(STATE_BYTES - filled, chunk.length - at);
        bytes.set(chunk.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled < STATE_BYTES) break;
        filled = 0;
        yield state;
      }
    }
    const [code] = await closed;
    if (code !== 0) throw new Error(`the ptrace stepper failed: ${message.trim()}`);
  } finally {
    child.kill('SIGKILL');
  }
}
