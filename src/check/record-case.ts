/** Records a case's guest in a process of its own, so that several can run at a time. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from './manifest.js';

export interface Recorded {
  /** 0 or 1: there is a trace. 2, 3: there is none. */
  readonly exitCode: number;
  /** The last line on stderr: how it ended, or why it did not begin. */
  readonly message: string;
}

const MAIN = new URL('../cli/main.js', import.meta.url);

/** @param directory where the trace and what it needs go */
export async function recordCase(
  manifest: Manifest,
  output: string,
  directory: string,
): Promise<Recorded> {
  const parameters = ['record', manifest.guest, '-o', output, '--force'];
  for (const [name, value] of manifest.options) {
    parameters.push(value === '' ? `--${name}` : `--${name}=${value}`);
  }
  if (manifest.input !== undefined) {
    const input = join(directory, 'input');
    writeFileSync(input, manifest.input);
    parameters.push('--port-input', input);
  }
  const child = spawn(process.execPath, [fileURLToPath(MAIN), ...parameters], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096);
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 70);
    });
  });
  return { exitCode, message: stderr.trimEnd().split('\n').at(-1) ?? '' };
}
