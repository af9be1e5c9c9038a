/** Runs another program to its end and keeps what it prints. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { machineError } from '../../../../base/errors.js';

/** How a program ended, and what it printed. */
export interface ToolResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface ToolOptions {
  readonly cwd?: string;
  /** Ends the program and rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether there is a program of this name. */
export function hasTool(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * In English and without questions. Rejects with the signal's reason once the program has ended.
 *
 * @throws KvmtraceError (3) where it cannot be started
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, signal }: ToolOptions = {},
): Promise<ToolResult> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: so that what it starts itself ends with it.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // As Ctrl-C does it on a terminal: apt-get and dpkg leave a system behind that they can mend.
  const interrupt = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    } catch {
      // It has ended already.
    }
  };
  signal?.addEventListener('abort', interrupt);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    signal?.throwIfAborted();
    return { code, stdout, stderr };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw machineError(`${program} cannot be started (${code}): see that it is installed.`, error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** What a failed program said, for a sentence: its first complaint, or the last that it printed. */
export function complaintOf(program: string, { code, stdout, stderr }: ToolResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const complaint =
    lines.find((line) => /^E: |\berror: /.test(line)) ??
    lines.find((line) => line.startsWith('W: ')) ??
    lines.findLast((line) => line !== '');
  const said = complaint?.replace(/^(?:[EW]: |.*\berror: )/, '').replace(/\.$/, '');
  return `${program}: ${said ?? (code === null ? 'a signal ended it' : `exit code ${code}`)}`;
}
