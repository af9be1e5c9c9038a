/** Runs Debian's gdb on a trace, by script. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ImplementationFn } from 'ava';
import { packageRoot } from '../../src/base/package-root.js';
import { patience } from './host.js';
import { kvmTest } from './kvm.js';
import { temporaryDirectory } from './temporary.js';

const CLI = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const hasGdb = spawnSync('gdb', ['--version']).status === 0;
const REASON = 'skipped: there is no gdb, apt-get install gdb';

/** ava's `test` for what needs gdb. */
export function gdbTest(title: string, implementation: ImplementationFn<[]>): void {
  if (hasGdb) test(title, implementation);
  else test.skip(`${title} (${REASON})`, implementation);
}

/** The same for what also records a guest. */
export function gdbKvmTest(title: string, implementation: ImplementationFn<[]>): void {
  if (hasGdb) kvmTest(title, implementation);
  else test.skip(`${title} (${REASON})`, implementation);
}

/**
 * What gdb prints for commands after it has connected to a trace, errors included.
 *
 * @param options further ones of `kvmtrace gdb`
 */
export function runGdb(trace: string, commands: readonly string[], options = ''): string {
  const script = join(temporaryDirectory(), 'script.gdb');
  const server = `${process.execPath} ${CLI} gdb ${trace} --stdio ${options}`;
  writeFileSync(
    script,
    // An error ends a script, but not commands that Python runs.
    [
      ...['set pagination off', 'set confirm off', 'set width 0'],
      `target remote | ${server}`,
      'python',
      'import gdb',
      ...commands.map(
        (command) => `
print(">>> " + ${JSON.stringify(command)}, flush=True)
try:
  gdb.execute(${JSON.stringify(command)})
except gdb.error as error:
  print(error, flush=True)`,
      ),
      'end',
      '',
    ].join('\n'),
  );
  const { stdout, stderr, error } = spawnSync('gdb', ['-nx', '-q', '-batch', '-x', script], {
    encoding: 'utf8',
    timeout: patience(60_000),
  });
  if (error !== undefined) throw error;
  return `${stdout}\n${stderr}`;
}

/** What gdb printed for each command, in order. */
export function answers(output: string): string[] {
  return output
    .split(/^>>> .*\n/m)
    .slice(1)
    .map((text) => text.trim());
}
