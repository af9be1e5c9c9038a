/** Runs the built command line as users do: in a process of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { patience } from './host.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `kvmtrace` with these arguments; its standard streams are pipes. */
export function kvmtrace(args: readonly string[], { cwd, env }: CliOptions = {}): CliResult {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: patience(120_000),
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
