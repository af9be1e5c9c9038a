/** The agent's binary is in the repository: it has to be what its source says. */
import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  CONTROL,
  MAGIC,
  OP,
  VERSION,
  WINDOW_ADDRESS,
} from '../../../src/kvm/host/emulated/protocol.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { temporaryDirectory } from '../../helpers/temporary.js';

const directory = fileURLToPath(new URL('agent/', packageRoot));
const read = (name: string) => readFileSync(join(directory, name));
const hasCompiler = spawnSync('gcc', ['--version']).status === 0;

test('the binary was built from the source that is here', (t) => {
  const hash = createHash('sha256');
  const sources = ['protocol.h', 'agent.c', '../native/burst.h', '../native/burst.c'];
  for (const source of sources) hash.update(read(source));
  t.is(read('agent.source-sha256').toString().trim(), hash.digest('hex'));
});

test('the binary is a static program of a few kilobytes', (t) => {
  const binary = read('agent');
  t.is(binary.subarray(0, 4).toString('latin1'), '\x7fELF');
  t.true(binary.length < 16384, `${binary.length} bytes`);
});

test('TypeScript and C mean the same by the protocol', (t) => {
  const header = read('protocol.h').toString();
  const constant = (name: string) =>
    new RegExp(`${name} (?:= )?(0x[0-9a-f]+|\\d+)`).exec(header)?.[1];
  t.is(Number(constant('VERSION')), VERSION);
  t.is(Number(constant('WINDOW_ADDRESS')), WINDOW_ADDRESS);
  t.is(BigInt(constant('MAGIC')!), (BigInt(MAGIC[1]) << 32n) | BigInt(MAGIC[0]));
  for (const [name, value] of Object.entries(OP)) {
    const inC = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    t.is(Number(constant(`OP_${inC}`)), value, name);
  }
});

(hasCompiler ? test : test.skip)(
  'it still builds, and the fields are where TypeScript has them',
  (t) => {
    const out = join(temporaryDirectory(), 'agent');
    execFileSync(join(directory, 'build.sh'), [out], { stdio: 'pipe' });
    t.is(readFileSync(out).subarray(0, 4).toString('latin1'), '\x7fELF');
    const fields: Record<keyof typeof CONTROL, string> = {
      ...{ request: 'request', done: 'done', op: 'op', arguments: 'arg', result: 'result' },
      ...{ magic: 'magic', version: 'version', heartbeat: 'heartbeat' },
    };
    const checks = Object.entries(fields).map(
      ([name, field]) =>
        `_Static_assert(__builtin_offsetof(struct control, ${field}) == ${CONTROL[name as keyof typeof CONTROL]}, "${name}");`,
    );
    const input = `#include "protocol.h"\n${checks.join('\n')}\n`;
    const { status, stderr } = spawnSync(
      'gcc',
      ['-I', directory, '-fsyntax-only', '-x', 'c', '-'],
      {
        input,
        encoding: 'utf8',
      },
    );
    t.is(status, 0, stderr);
  },
);
