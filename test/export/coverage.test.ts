/** Coverage: drcov by the rules of Lighthouse's reader, lcov by genhtml. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { kvmTest } from '../helpers/kvm.js';
import { temporaryDirectory } from '../helpers/temporary.js';
import { toolTest } from './debian-tools.js';
import { exported, TRACES } from './traces.js';

interface Drcov {
  readonly modules: { base: bigint; end: bigint; entry: bigint; path: string }[];
  readonly blocks: { start: number; size: number; module: number }[];
}

/** As Lighthouse reads it: lines to a fixed pattern, then a table of eight bytes a block. */
function parseDrcov(file: Buffer): Drcov {
  let at = 0;
  const line = (): string => {
    const end = file.indexOf('\n', at);
    const text = file.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  const expect = (pattern: RegExp): RegExpExecArray => {
    const text = line();
    const found = pattern.exec(text);
    if (found === null) throw new Error(`${text} is not ${String(pattern)}`);
    return found;
  };
  expect(/^DRCOV VERSION: 2$/);
  expect(/^DRCOV FLAVOR: drcov$/);
  const count = Number(expect(/^Module Table: version 2, count (\d+)$/)[1]);
  expect(/^Columns: id, base, end, entry, path$/);
  const modules = Array.from({ length: count }, (_, i) => {
    const [id, base, end, entry, path, ...rest] = line().split(', ');
    if (Number(id) !== i || rest.length > 0) throw new Error(`module ${i}`);
    return { base: BigInt(base!), end: BigInt(end!), entry: BigInt(entry!), path: path! };
  });
  const blockCount = Number(expect(/^BB Table: (\d+) bbs$/)[1]);
  if (file.length - at !== 8 * blockCount) throw new Error('the table has another length');
  const blocks = Array.from({ length: blockCount }, (_, i) => ({
    start: file.readUInt32LE(at + 8 * i),
    size: file.readUInt16LE(at + 8 * i + 4),
    module: file.readUInt16LE(at + 8 * i + 6),
  }));
  return { modules, blocks };
}

for (const name of ['hello', 'shop', 'echo', 'example']) {
  test(`drcov: every byte of code that ran in ${name}, and no other`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const { modules, blocks } = parseDrcov(readFileSync(await exported(trace, 'drcov')));
    const covered = new Set<bigint>();
    for (const { start, size, module } of blocks) {
      const { base, end } = modules[module]!;
      t.true(base + BigInt(start + size) <= end);
      for (let i = 0; i < size; i++) covered.add(base + BigInt(start + i));
    }
    const ran = new Set<bigint>();
    for (const [address, bytes] of trace.query('SELECT address, bytes FROM instruction').rows) {
      for (let i = 0; i < (bytes as Uint8Array).length; i++)
        ran.add((address as bigint) + BigInt(i));
    }
    t.deepEqual([...covered].sort(), [...ran].sort());
    t.is(new Set(blocks.map(({ start, module }) => `${module}:${start}`)).size, blocks.length);
  });
}

test('drcov: blocks end at branches, and code outside of the image is in modules of its own', async (t) => {
  const steps = [
    { rip: 0x1000, bytes: '90' },
    { rip: 0x1001, bytes: '7500', text: 'jne 0x1003' },
    { rip: 0x1003, bytes: '90' },
    { rip: 0x1004, bytes: 'ebfa', text: 'jmp 0x1000' },
    { rip: 0x1000, bytes: '90' },
    { rip: 0x1001, bytes: '7500', text: 'jne 0x1003' },
    { rip: 0xffffffff80000010n, bytes: '90' },
  ];
  using trace = Trace.open(
    writeFixtureTrace({ steps, meta: { load: 0x1000, entry: 0x1000, guest: 'a, b.elf' } }),
  );
  const { modules, blocks } = parseDrcov(readFileSync(await exported(trace, 'drcov')));
  t.deepEqual(blocks, [
    { start: 0, size: 3, module: 0 },
    { start: 3, size: 3, module: 0 },
    { start: 0x80000010, size: 1, module: 1 },
  ]);
  t.deepEqual(modules, [
    { base: 0x1000n, end: 0x1006n, entry: 0x1000n, path: 'a_ b.elf' },
    {
      base: 0xffffffff00000000n,
      end: 0xffffffff80000011n,
      entry: 0n,
      path: 'memory_ffffffff00000000',
    },
  ]);
});

interface Lcov {
  readonly source: string;
  readonly functions: Map<string, { line: number; count: number }>;
  readonly lines: Map<number, number>;
}

function parseLcov(text: string): Lcov {
  const functions = new Map<string, { line: number; count: number }>();
  const lines = new Map<number, number>();
  let source = '';
  for (const record of text.trimEnd().split('\n')) {
    const [key, value = ''] = record.split(/:(.*)/s);
    const [first, rest] = value.split(/,(.*)/s);
    if (key === 'SF') source = value;
    if (key === 'FN') functions.set(rest!, { line: Number(first), count: NaN });
    if (key === 'FNDA') functions.get(rest!)!.count = Number(first);
    if (key === 'DA') lines.set(Number(first), Number(rest));
  }
  return { source, functions, lines };
}

for (const name of ['hello', 'shop']) {
  test(`lcov without source lines: ${name} on its disassembly`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const { source, functions, lines } = parseLcov(
      readFileSync(await exported(trace, 'lcov'), 'utf8'),
    );
    const listing = readFileSync(source, 'utf8').split('\n');
    // Each line that ran, by its address, as often as SQL says.
    const wanted = new Map<bigint, number>();
    const counts = `SELECT i.address, count(*) FROM step s JOIN instruction i ON i.id = s.instruction
                    GROUP BY i.address`;
    for (const [address, count] of trace.query(counts).rows)
      wanted.set(address as bigint, Number(count));
    const found = new Map<bigint, number>();
    for (const [line, count] of lines) {
      const address = BigInt(`0x${listing[line - 1]!.trim().split(' ')[0]!}`);
      t.false(found.has(address));
      if (count > 0) found.set(address, count);
    }
    const sorted = (map: Map<bigint, number>): string[] => [...map].map(String).sort();
    t.deepEqual(sorted(found), sorted(wanted));
    t.true(lines.size > wanted.size, 'code that did not run is there, too');
    for (const { address, calls, symbol } of trace.hotFunctions()) {
      if (symbol === undefined || symbol.symbol.address !== address) continue;
      const { line, count } = functions.get(symbol.symbol.name)!;
      t.is(count, Math.max(calls, wanted.get(address) ?? 0), symbol.symbol.name);
      t.is(listing[line - 2], `${symbol.symbol.name}:`);
    }
  });
}

kvmTest('lcov by source lines: as often as the program says', async (t) => {
  const guest = buildGuest('parcels.c', { folder: 'mcp', flags: ['-O0', '-g'] });
  using trace = Trace.open(await recordBuilt(guest));
  const text = readFileSync(await exported(trace, 'lcov'), 'utf8');
  const record = text
    .split('end_of_record\n')
    .find((each) => each.includes('/test/mcp/guests/parcels.c\n'))!;
  const { source, functions, lines } = parseLcov(record);
  const code = readFileSync(source, 'utf8').split('\n');
  const ranOf = (part: string): number | undefined => {
    const at = code.findIndex((line) => line.includes(part)) + 1;
    t.true(at > 0, part);
    return lines.get(at);
  };
  // Counted by hand: four parcels, whose labels have 6, 4, 9 and 4 letters, and a zero each.
  t.is(ranOf('parcel->shelf = at + 1;'), 4);
  t.is(ranOf('while ((*to++ = *label++) != 0)'), 27);
  t.is(ranOf('sum += parcels[i].grams'), 5);
  t.is(ranOf('return total != 4161;'), 1);
  t.is(functions.get('set_label')?.count, 4);
  t.is(functions.get('print')?.count, 3);
  t.is(functions.get('main')?.count, 1);
  t.regex(code[functions.get('weigh')!.line - 1]!, /uint32_t weigh\(void\)/);
  // Of a range in which it is not called, the rest has lines that did not run.
  const [call] = [...trace.calls()].filter(
    ({ address }) => trace.symbolAt(address)?.symbol.name === 'weigh',
  );
  const part = { from: call!.firstStep, to: call!.lastStep + 1 };
  const only = parseLcov(
    readFileSync(await exported(trace, 'lcov', part), 'utf8')
      .split('end_of_record\n')
      .find((each) => each.includes('parcels.c\n'))!,
  );
  t.is(only.functions.get('set_label')?.count, 0);
  t.is(only.functions.get('weigh')?.count, 1);
  t.is(only.lines.size, lines.size);
});

test('lcov by source lines: only what a range ran, and lines of several pieces of code', async (t) => {
  const steps = [0x1000, 0x1001, 0x1008, 0x1001, 0x1008, 0x1001].map((rip) => ({ rip }));
  const path = writeFixtureTrace({
    steps,
    symbols: [
      { address: 0x1000, size: 0x10, name: 'looped' },
      { address: 0x1010, size: 0x10, name: 'unused' },
    ],
    sql: `${readFileSync(new URL('schema/0003_source.sql', packageRoot), 'utf8')}
      INSERT INTO source_file VALUES (1, '/src/b.c'), (2, '/src/a.h');
      INSERT INTO source_line VALUES (0x1000, 1, 1, 3, 1), (0x1001, 7, 1, 4, 1), (0x1008, 4, 2, 9, 0), (0x100c, 4, 1, 3, 8), (0x1010, 16, 1, 7, 1);`,
  });
  using trace = Trace.open(path);
  const text = readFileSync(await exported(trace, 'lcov'), 'utf8');
  t.is(
    text,
    [
      ...['TN:', 'SF:/src/a.h', 'FNF:0', 'FNH:0', 'DA:9,2', 'LF:1', 'LH:1', 'end_of_record'],
      ...['TN:', 'SF:/src/b.c', 'FN:3,looped', 'FN:7,unused', 'FNDA:1,looped', 'FNDA:0,unused'],
      ...['FNF:2', 'FNH:1', 'DA:3,1', 'DA:4,3', 'DA:7,0', 'LF:3', 'LH:2', 'end_of_record', ''],
    ].join('\n'),
  );
});

toolTest('genhtml', 'lcov', 'genhtml makes pages of the coverage', async (t) => {
  using trace = Trace.open(TRACES['hello']!);
  const output = await exported(trace, 'lcov');
  const { functions, lines } = parseLcov(readFileSync(output, 'utf8'));
  const html = join(temporaryDirectory(), 'html');
  const said = execFileSync('genhtml', [output, '-o', html, '--branch-coverage'], {
    encoding: 'utf8',
  });
  const ran = (counts: Iterable<number>): number => [...counts].filter((count) => count > 0).length;
  t.regex(said, new RegExp(`\\(${ran(lines.values())} of ${lines.size} lines\\)`));
  const entered = ran([...functions.values()].map(({ count }) => count));
  t.regex(said, new RegExp(`\\(${entered} of ${functions.size} functions\\)`));
});
