/** Records a case's guest in a process of its own, so that several can run at a time. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, type Deadline } from './deadline.js';
import type { Manifest } from './manifest.js';

/** How the process ended that recorded a case. */
export interface Recorded {
  /** 0 or 1: there is a trace. 2, 3: there is none. */
  readonly exitCode: number;
  /** The last line on stderr: how it ended, or why it did not begin. */
  readonly message: string;
  /** It was ended by the deadline. */
  readonly late: boolean;
}

const STDERR_CHARACTERS = 4096;

/**
 * @param directory where the trace and what it needs go
 * @param order `host`: options of `record` that name the host; `program`: path of the CLI
 */
export async function recordCase(
  order: {
    readonly manifest: Manifest;
    readonly host: readonly string[];
    readonly program: string;
  },
  output: string,
  directory: string,
  deadline: Deadline,
): Promise<Recorded> {
  const { manifest, host, program } = order;
  // From the manifest's directory, the guest's path is the same on every machine.
  const parameters = ['record', manifest.guest, '-o', output, '--force', ...host];
  for (const [name, value] of manifest.options) {
    parameters.push(value === '' ? `--${name}` : `--${name}=${value}`);
  }
  if (manifest.input !== undefined) {
    const input = join(directory, 'input');
    writeFileSync(input, manifest.input);
    parameters.push('--port-input', input);
  }
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: manifest.directory,
    // Through the channel it learns that this process has died, however that was killed.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  const { code, late } = await endProcess(child, deadline);
  return { exitCode: code ?? 70, message: stderr.trimEnd().split('\n').at(-1) ?? '', late };
}
