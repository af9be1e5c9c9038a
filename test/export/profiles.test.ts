/** Profiles and timelines, read by what they are for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { Ajv } from 'ajv';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { pathOf } from '../mcp/client.js';
import { toolTest } from './debian-tools.js';
import { importProfile, weights } from './speedscope-importer.js';
import { exported, TRACES } from './traces.js';

/** Own and total steps of each function by name, counted from the calls of the trace. */
function stepsOf(trace: Trace): Map<string, readonly [own: number, total: number]> {
  const found = new Map<string, [own: number, total: number]>();
  for (const { address, symbol, ownSteps, totalSteps } of trace.hotFunctions()) {
    const name = symbol?.symbol.name ?? `0x${address.toString(16)}`;
    const sums = found.get(name) ?? [0, 0];
    found.set(name, [sums[0] + ownSteps, sums[1] + totalSteps]);
  }
  return found;
}

function byName<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

for (const name of ['hello', 'shop', 'echo']) {
  test(`speedscope imports the calls of ${name}: own and total steps of each function`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const text = readFileSync(await exported(trace, 'speedscope'), 'utf8');
    const profile = await importProfile('t.speedscope.json', text);
    t.is(profile.getTotalWeight(), trace.stepCount);
    t.deepEqual(byName(weights(profile)), byName(stepsOf(trace)));
  });

  test(`speedscope imports the folded stacks of ${name}`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const text = readFileSync(await exported(trace, 'folded'), 'utf8');
    const profile = await importProfile('t.folded.txt', text);
    t.is(profile.getTotalWeight(), trace.stepCount);
    t.deepEqual(byName(weights(profile)), byName(stepsOf(trace)));
  });

  test(`speedscope imports the chrome timeline of ${name}`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const text = readFileSync(await exported(trace, 'chrome'), 'utf8');
    const found = weights(await importProfile('t.json', text));
    // It adds up the arguments of calls to their names.
    const own = new Map<string, number>();
    for (const [title, [steps]] of found) {
      const [function_] = title.split(' {');
      own.set(function_!, (own.get(function_!) ?? 0) + steps);
    }
    const wanted = new Map([...stepsOf(trace)].map(([title, [steps]]) => [title, steps] as const));
    t.deepEqual(byName(own), byName(wanted));
  });
}

test('speedscope: what its schema says, of a part of a trace', async (t) => {
  using trace = Trace.open(TRACES['shop']!);
  const text = readFileSync(await exported(trace, 'speedscope', { from: 100, to: 700 }), 'utf8');
  const file = JSON.parse(text) as object;
  const schema = JSON.parse(
    readFileSync(
      new URL('node_modules/speedscope/dist/release/file-format-schema.json', packageRoot),
      'utf8',
    ),
  ) as object;
  const ajv = new Ajv({ strict: false });
  t.true(ajv.validate(schema, file), ajv.errorsText());
  t.is((await importProfile('t.speedscope.json', text)).getTotalWeight(), 600);
});

interface ChromeEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, string | number>>;
}

async function chromeEvents(trace: Trace, range: object = {}): Promise<ChromeEvent[]> {
  const text = readFileSync(await exported(trace, 'chrome', range), 'utf8');
  return (JSON.parse(text) as { traceEvents: ChromeEvent[] }).traceEvents;
}

/** Slices of one track nest: each ends within those that it begins in. */
function checkNesting(t: ExecutionContext, slices: readonly ChromeEvent[]): void {
  const ends: number[] = [];
  for (const { ts, dur, name } of slices) {
    while (ends.length > 0 && ends.at(-1)! <= ts) ends.pop();
    t.true(ends.length === 0 || ts + dur! <= ends.at(-1)!, name);
    ends.push(ts + dur!);
  }
}

test('chrome: calls nest, I/O and interruptions are instants, counters sum up', async (t) => {
  using trace = Trace.open(TRACES['hello']!);
  const events = await chromeEvents(trace);
  const slices = events.filter(({ ph }) => ph === 'X');
  t.is(slices.length, [...trace.calls()].length);
  checkNesting(t, slices);
  const instants = events.filter(({ ph }) => ph === 'i');
  const [[ports]] = [...trace.query('SELECT count(*) FROM port_io').rows] as [[bigint]];
  t.is(BigInt(instants.length), ports);
  const said = instants.filter(({ name }) => name === 'out 0x3f8').map(({ args }) => args['data']);
  t.is(Buffer.from(said.join(''), 'hex').toString(), 'Hello from a KVM guest\nfibonacci(9) = 34\n');
  const sum = (key: string): number =>
    events.reduce((total, { ph, args }) => total + (ph === 'C' ? Number(args[key] ?? 0) : 0), 0);
  const [[bytes]] = [...trace.query('SELECT sum(size) FROM memory_write').rows] as [[bigint]];
  t.is(BigInt(sum('memory')), bytes);
  t.is(BigInt(sum('io')), ports);
});

test('chrome: faults, interrupts, MMIO and what came at the end', async (t) => {
  using trace = Trace.open(TRACES['example']!);
  const events = await chromeEvents(trace);
  const named = (name: string): ChromeEvent | undefined =>
    events.find((each) => each.name === name);
  t.is(named('fault 0x6')?.ts, 11);
  t.deepEqual(named('fault 0xe')?.args, { rip: '0x1020', error_code: '0x2', cr2: '0x5000' });
  t.is(named('interrupt 0x20')?.ts, trace.stepCount);
  t.deepEqual(named('mmio read')?.args, { gpa: '0xfee00000', data: 'ffffffff' });
  t.is(named('out 0x3f8')?.args['count'], 9);
});

test('chrome: calls that a range cuts are as long as what is in it', async (t) => {
  using trace = Trace.open(TRACES['hello']!);
  const slices = (await chromeEvents(trace, { from: 400, to: 500 })).filter(({ ph }) => ph === 'X');
  checkNesting(t, slices);
  t.deepEqual([slices[0]!.ts, slices[0]!.dur], [400, 100]);
  t.true(slices.every(({ ts, dur }) => ts >= 400 && ts + dur! <= 500));
});

toolTest(
  'callgrind_annotate',
  'valgrind',
  'callgrind_annotate reads own and inclusive steps of each function',
  async (t) => {
    for (const name of ['hello', 'shop', 'echo']) {
      using trace = Trace.open(TRACES[name]!);
      const output = await exported(trace, 'callgrind');
      const annotate = (...options: string[]): string =>
        execFileSync('callgrind_annotate', ['--threshold=100', '--auto=no', ...options, output], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      const own = annotate();
      t.regex(own, new RegExp(`${withCommas(trace.stepCount)} \\(100\\.0%\\)  PROGRAM TOTALS`));
      const wanted = new Map([...stepsOf(trace)].map(([each, [steps]]) => [each, steps] as const));
      t.deepEqual(byName(costs(own)), byName(wanted));
      // Of recursive functions, each call counts: those of others are the trace's own.
      const inclusive = costs(annotate('--inclusive=yes'));
      t.is(inclusive.get('main'), stepsOf(trace).get('main')![1]);
    }
  },
);

function withCommas(count: number): string {
  return count.toLocaleString('en');
}

/** Lines such as `884 (47.40%)  ???:fibonacci [guests/hello/hello.elf]`. */
function costs(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, cost, name] of text.matchAll(/^ *([\d,]+) \([ \d.]+%\) +\?\?\?:(\S+)/gm)) {
    found.set(name!, Number(cost!.replaceAll(',', '')));
  }
  return found;
}

kvmTest('callgrind by source lines: each line of the source with its steps', async (t) => {
  const guest = buildGuest('parcels.c', { folder: 'mcp', flags: ['-O1', '-g'] });
  using trace = Trace.open(await recordBuilt(guest));
  const output = await exported(trace, 'callgrind');
  const text = readFileSync(output, 'utf8');
  const profile = await importProfile('callgrind.out.1', text);
  t.is(profile.getTotalWeight(), trace.stepCount);
  const own = new Map([...weights(profile)].map(([name, [steps]]) => [name, steps] as const));
  const wanted = new Map([...stepsOf(trace)].map(([name, [steps]]) => [name, steps] as const));
  t.deepEqual(byName(own), byName(wanted));
  if (spawnSync('callgrind_annotate', ['--version']).error !== undefined) return;
  const annotated = execFileSync('callgrind_annotate', ['--threshold=100', output], {
    encoding: 'utf8',
  });
  // Steps by line, counted another way.
  const lines = new Map<number, number>();
  for (const { step } of trace.executed(0, trace.stepCount)) {
    const source = trace.sourceAt(trace.state(step).address!);
    if (source?.file.endsWith('/parcels.c') !== true) continue;
    lines.set(source.line, (lines.get(source.line) ?? 0) + 1);
  }
  const code = readFileSync(pathOf('test/mcp/guests/parcels.c'), 'utf8').split('\n');
  const line = code.findIndex((each) => each.includes('while ((*to++ = *label++) != 0)')) + 1;
  t.true(lines.get(line)! > 50);
  t.regex(annotated, new RegExp(`^ *${lines.get(line)!} \\([ .\\d]+%\\) +while \\(\\(\\*to`, 'm'));
});

test('callgrind: speedscope imports it, too', async (t) => {
  using trace = Trace.open(TRACES['shop']!);
  const text = readFileSync(await exported(trace, 'callgrind'), 'utf8');
  t.is((await importProfile('callgrind.out.1', text)).getTotalWeight(), trace.stepCount);
});
