/** UEFI programs in C, built with the gcc and ld that build other guests. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../src/base/package-root.js';

/** Microsoft's calling convention, no SSE: the software KVM steps it, too. */
const COMPILE = [
  ...['-std=gnu11', '-O1', '-mabi=ms', '-ffreestanding', '-fno-stack-protector', '-mno-red-zone'],
  ...['-fno-pic', '-mcmodel=small', '-mgeneral-regs-only', '-fcf-protection=none', '-fno-builtin'],
  ...['-fno-asynchronous-unwind-tables', '-fno-ident', '-Wall', '-Werror', '-Wno-unused'],
];
const UEFI_APPLICATION = '10';

/** Builds test/guest/uefi/guests/<name>.c as <directory>/<name>.efi; returns its path. */
export function buildEfi(name: string, directory: string, subsystem = UEFI_APPLICATION): string {
  const source = fileURLToPath(new URL(`test/guest/uefi/guests/${name}.c`, packageRoot));
  const object = join(directory, `${name}.o`);
  const output = join(directory, `${name}.efi`);
  execFileSync('gcc', [...COMPILE, '-c', source, '-o', object]);
  execFileSync('ld', [
    ...['-m', 'i386pep', '--subsystem', subsystem, '-e', 'efi_main', '--image-base', '0'],
    ...['--no-insert-timestamp', object, '-o', output],
  ]);
  return output;
}
