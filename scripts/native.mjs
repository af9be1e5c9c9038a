/**
 * npm run build: compiles native/burst.c into dist/native/burst.so where there is a C compiler. Without
 * one kvmtrace steps by its loop in TypeScript: the same rows, slower.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = `${root}dist/native/burst.so`;
const compiler = process.env.CC ?? 'cc';
// The flags of agent/build.sh, which compiles the same file: no libc, and nothing that calls into one.
const flags = (
  '-std=c11 -O2 -Wall -Wextra -shared -fPIC -nostdlib -ffreestanding -fno-stack-protector ' +
  '-fvisibility=hidden -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing ' +
  '-fno-tree-loop-distribute-patterns -mgeneral-regs-only -Wl,-z,noexecstack,--build-id=none -s'
).split(' ');

function build() {
  if (process.arch !== 'x64' || process.platform !== 'linux') return 'it is for Linux on x86-64';
  const source = `${root}native/burst.c`;
  const { error, status } = spawnSync(compiler, [...flags, source, '-o', output], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error !== undefined) return `${compiler}: ${error.message}`;
  return status === 0 ? undefined : `${compiler} ended with ${status}`;
}

mkdirSync(`${root}dist/native`, { recursive: true });
// What an older source was compiled to must not stay where this one could not be.
rmSync(output, { force: true });
const failure = build();
if (failure !== undefined) {
  console.warn(
    `native/burst.c is not compiled (${failure}): kvmtrace will step without it, slower.`,
  );
}
