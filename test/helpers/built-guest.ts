/** Guests in C: compiled by the test that records them, so that pairs differ in what it says. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { recordGuest } from '../../src/recorder/record.js';
import { temporaryDirectory } from './temporary.js';

const FLAGS = [
  ...[
    '-std=c11',
    '-m64',
    '-march=x86-64',
    '-ffreestanding',
    '-mgeneral-regs-only',
    '-mno-red-zone',
  ],
  ...['-fno-pic', '-fno-pie', '-fcf-protection=none', '-fno-stack-protector', '-fno-ident'],
  ...['-fno-asynchronous-unwind-tables', '-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none'],
  ...['-Wl,-z,noexecstack', '-Wl,-z,max-page-size=4096'],
];

export interface BuildOptions {
  /** Further flags of gcc; default -O2. */
  readonly flags?: readonly string[];
  /** Whose guest it is: default diff. */
  readonly folder?: string;
  /** Removes the symbols. */
  readonly strip?: boolean;
  /** What calls main; default that of guests/sample. */
  readonly start?: string;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, packageRoot));
}

export function temporary(): string {
  return temporaryDirectory();
}

/** Compiles sources of test/<folder>/guests, linked in their order; returns the path of the ELF. */
export function buildGuest(source: string | readonly string[], options: BuildOptions = {}): string {
  const output = join(temporary(), 'guest.elf');
  execFileSync('gcc', [
    ...FLAGS,
    ...(options.flags ?? ['-O2']),
    ...(options.strip === true ? ['-s'] : []),
    ...['-T', pathOf('guests/sample/guest.ld'), '-o', output],
    pathOf(options.start ?? 'guests/sample/start.S'),
    ...[source].flat().map((name) => pathOf(`test/${options.folder ?? 'diff'}/guests/${name}`)),
  ]);
  return output;
}

/** Records a guest; returns the path of the trace. */
export async function recordBuilt(guest: string, input = '', maxSteps?: number): Promise<string> {
  const directory = temporary();
  const portInput = join(directory, 'input');
  writeFileSync(portInput, input, 'latin1');
  const output = join(directory, 't.db');
  await recordGuest({
    ...{ guest, output, format: 'elf', force: true, dirty: 'auto', fpu: false, portInput },
    ...{ memory: 4 * 1024 ** 2, maxSteps },
    onOutput: () => undefined,
  });
  return output;
}
