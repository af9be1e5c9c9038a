/** Traces of some 10 million steps, recorded once and kept in bench/build. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTrace } from '../src/trace/read/open.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cli = join(root, 'dist/src/cli/main.js');

const build = join(root, 'bench/build');

/**
 * The path of a recording of `guests/bench/<guest>` that reads `input`, made if there is none of the
 * guest as it is now.
 */
export function tenMillionSteps(guest: string, input = ''): string {
  const guestPath = join(root, 'guests/bench', guest);
  const trace = join(build, `${guest}${input === '' ? '' : `-${input}`}.db`);
  if (existsSync(trace) && isOf(trace, guestPath)) return trace;
  mkdirSync(build, { recursive: true });
  console.log(`recording 10 million steps of ${guest}, once: one or two minutes`);
  const partial = `${trace}.partial`;
  const inputPath = `${trace}.input`;
  writeFileSync(inputPath, input);
  const files = [guestPath, '-o', partial, '--port-input', inputPath];
  const args = [cli, 'record', ...files, '--force', '--memory', '16M'];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`kvmtrace record ended with ${String(status)}`);
  renameSync(partial, trace);
  return trace;
}

/** Of this guest, and of a format that can still be read. */
function isOf(path: string, guest: string): boolean {
  const hash = createHash('sha256').update(readFileSync(guest)).digest('hex');
  try {
    using trace = openTrace(path);
    return trace.meta.get('guest_sha256') === hash;
  } catch {
    return false;
  }
}
