import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../src/base/package-root.js';

/** A file of test/oracle as it lies in the repository: C and assembly are not compiled into dist. */
export function sourcePath(name: string): string {
  return fileURLToPath(new URL(`test/oracle/${name}`, packageRoot));
}

/** Calls `use` with a directory of its own, which is removed afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-oracle-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a tool of the C toolchain. What it prints is in the error if it fails. */
export function run(tool: string, ...parameters: string[]): void {
  const { status, stderr, error } = spawnSync(tool, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool} failed: ${error?.message ?? stderr}`);
}

/** Assembles a flat image: the code of `source` (a .S file), linked at `address`. */
export function assembleFlat(source: string, address: number, output: string): void {
  run('gcc', '-c', '-o', `${output}.o`, source);
  run(
    ...['ld', '-Ttext', `0x${address.toString(16)}`, '-e', '0', '--oformat', 'binary'],
    ...['-m', 'elf_x86_64', '-o', output, `${output}.o`],
  );
}
