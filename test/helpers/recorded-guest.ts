/** What every guest has to show: what it printed, that replay proves the trace, that a second recording is the same. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { kvmtrace } from './cli.js';
import { kvmTest } from './kvm.js';
import { skipTest } from './skip.js';
import { temporaryDirectory } from './temporary.js';

/** What a recording has to be like. */
export interface Expected {
  /** What the guest prints. */
  readonly says: RegExp;
  /** The line that sums the recording up. */
  readonly stops: RegExp;
  /** The exit code of record; default 0. */
  readonly code?: number;
  /**
   * It reads the processor's counter, which is the host's. `shows`: what follows from that alone may differ
   * in a second recording; `waits`: it waits by it, so that no second recording is the same.
   */
  readonly readsTsc?: 'shows' | 'waits';
}

/** Records a guest, a second time where that has to be the same, and replays it. Returns the path of the trace. */
export function recordsAndReplays(
  t: ExecutionContext,
  args: readonly string[],
  { says, stops, code = 0, readsTsc }: Expected,
): string {
  const directory = temporaryDirectory();
  const [output, again] = [join(directory, 't.db'), join(directory, 'again.db')];
  const first = kvmtrace(['record', ...args, '-o', output]);
  t.is(first.code, code, first.stderr);
  t.regex(first.stdout, says);
  t.regex(first.stderr, stops);
  if (readsTsc !== 'waits') {
    const second = kvmtrace(['record', ...args, '-o', again]);
    t.is(second.stdout, first.stdout);
    const ignored = readsTsc === 'shows' ? ['--ignore-input', 'tsc'] : [];
    const diff = kvmtrace(['diff', output, again, ...ignored]);
    t.is(diff.code, 0, diff.stdout);
  }
  const replay = kvmtrace(['replay', output]);
  t.is(replay.code, 0, replay.stdout);
  t.regex(replay.stdout, /^identical: /);
  return output;
}

/**
 * A `kvmTest` on a file of a Debian package: skipped where that is not installed, unless all have to run.
 */
export function packagedTest(
  file: string,
  debianPackage: string,
  title: string,
  body: Parameters<typeof kvmTest>[1],
): void {
  if (existsSync(file) || process.env['KVMTRACE_REQUIRE_QEMU'] === '1') kvmTest(title, body);
  else skipTest(`not installed: apt-get install ${debianPackage}`, title, body);
}
