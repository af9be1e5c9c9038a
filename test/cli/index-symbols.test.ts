/** `kvmtrace index --symbols`: names and source lines from another file than the guest. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/index.js';
import { openTrace } from '../../src/trace/read/open.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const hello = fileURLToPath(new URL('traces/hello.db', packageRoot));

function copyOfHello(): string {
  const path = join(temporaryDirectory(), 't.db');
  copyFileSync(hello, path);
  return path;
}

function fileOf(text: string): string {
  const path = join(temporaryDirectory(), 'symbols');
  writeFileSync(path, text);
  return path;
}

function index(t: ExecutionContext, path: string, symbols: string): void {
  const { code, stderr } = kvmtrace(['index', path, '--symbols', symbols]);
  t.is(code, 0, stderr);
}

kvmTest('a stripped guest has the names and lines of the file it was stripped from', async (t) => {
  const guest = buildGuest('lines.c', { folder: 'gdb', flags: ['-O0', '-g'] });
  const stripped = join(temporaryDirectory(), 'stripped.elf');
  execFileSync('strip', ['-o', stripped, guest]);
  const path = await recordBuilt(stripped);
  using before = Trace.open(path);
  t.is(before.symbolNamed('main'), undefined);
  before.close();
  index(t, path, guest);
  using after = Trace.open(path);
  const main = after.symbolNamed('main')!.address;
  t.is(after.sourceAt(main)?.line, 9);
  t.true(openTrace(path).unaltered, 'names are not what a trace is proved by');
  t.true(after.hasIndex);
  t.true(after.hotFunctions().some(({ symbol }) => symbol?.symbol.name === 'twice'));
  index(t, path, `${guest}@0x200000`);
  using moved = Trace.open(path);
  t.is(moved.symbolNamed('main')!.address, main + 0x100000n);
  t.is(moved.sourceAt(main + 0x100000n)?.line, 9);
});

kvmTest('record takes them, too, and asks for them first', (t) => {
  const guest = buildGuest('lines.c', { folder: 'gdb', flags: ['-O0', '-g'] });
  const directory = temporaryDirectory();
  const stripped = join(directory, 'stripped.elf');
  execFileSync('strip', ['-o', stripped, guest]);
  const output = join(directory, 't.db');
  const wrong = kvmtrace(['record', stripped, '-o', output, '--symbols', '/nowhere']);
  t.is(wrong.code, 2);
  t.true(isOneSentence(wrong.stderr.replace(/^kvmtrace: /, '').trim()));
  t.false(existsSync(output));
  t.is(kvmtrace(['record', stripped, '-o', output, '--symbols', guest]).code, 0);
  using trace = Trace.open(output);
  t.is(trace.sourceAt(trace.symbolNamed('main')!.address)?.line, 9);
});

test('lists of symbols, as nm, System.map and kallsyms have them', (t) => {
  const lists = [
    '0000000000100000 T entry\n0000000000100590 T work\n                 U missing\n0000000000102000 d table\n',
    '0000000000100000 0000000000000009 T entry\n0000000000100590 0000000000000030 t work\n',
    'ffffffffffffff00 A constant\n0000000000100000 T entry\n0000000000100590 t work\t[module]\n',
  ];
  for (const list of lists) {
    const path = copyOfHello();
    index(t, path, fileOf(list));
    using trace = Trace.open(path);
    t.is(trace.symbolAt(0x100000n)?.symbol.name, 'entry');
    t.is(trace.symbolAt(0x100595n)?.symbol.name, 'work');
    t.is(trace.symbolNamed('fibonacci'), undefined);
  }
  const path = copyOfHello();
  index(t, path, `${fileOf('00400000 T entry\n00400590 T work\n')}@0x100000`);
  using trace = Trace.open(path);
  t.is(trace.symbolNamed('work')?.address, 0x100590n);
});

test('what is no file with symbols is told, and the trace stays', (t) => {
  const path = copyOfHello();
  for (const symbols of ['nowhere', fileOf('no symbols at all\n'), fileOf('')]) {
    const { code, stderr } = kvmtrace(['index', path, '--symbols', symbols]);
    t.is(code, 2, stderr);
    t.true(isOneSentence(stderr.replace(/^kvmtrace: /, '').trim()), stderr);
  }
  using trace = Trace.open(path);
  t.not(trace.symbolNamed('fibonacci'), undefined);
});
