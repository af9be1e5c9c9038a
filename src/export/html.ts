/**
 * A window of steps as one HTML file: the page of `kvmtrace ui` with what it may be asked about these
 * steps in it, compressed. It needs no server and no network; its policy lets it run its own script alone.
 */
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { inputError } from '../base/errors.js';
import { toJson, type Jsonable } from '../base/json.js';
import { PAGE_BYTES } from '../base/page.js';
import { toolVersion } from '../base/package-root.js';
import type { Trace } from '../query/trace.js';
import { formatSymbol } from '../trace/read/symbols.js';
import { readAsset } from '../web/assets.js';
import { traceJson } from '../web/questions/about.js';
import { outputBefore } from '../web/questions/console.js';
import { rowOf } from '../web/questions/steps.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { LinearAccesses } from './linear-accesses.js';

/** For browsers. */
export const html = singleFile(chunks);

/** More are some ten megabytes, and a page that is slow to open. */
const MOST_STEPS = 100_000;
/** Of memory, by the order in which the steps first touch them. */
const MOST_PAGES = 1024;
/** Of a change that is told: all of it, so that memory can be followed. */
const ALL_BYTES = PAGE_BYTES * 256;

function* chunks(source: ExportSource): Generator<Chunk> {
  const { from, to } = source;
  if (to - from > MOST_STEPS) {
    throw inputError(
      `${to - from} steps are too many for a page, which holds ${MOST_STEPS}: give --from and --to, or --call.`,
    );
  }
  const script = inline(readAsset('page.js').toString('utf8'));
  const style = readAsset('page.css').toString('utf8');
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  yield `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="generator" content="kvmtrace ${toolVersion}" />
    <title>kvmtrace</title>
    <style>${style}</style>
  </head>
  <body>
    <div id="app"><p class="starting" role="status">Opening …</p></div>
    <script type="application/gzip" id="window">`;
  yield gzipSync(toJson(windowJson(source))).toString('base64');
  yield `</script>
    <script type="module">${script}</script>
  </body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** What would end the element, or begin another, is written otherwise; in a string it means the same. */
function inline(script: string): string {
  return script.replaceAll('</script', String.raw`<\/script`).replaceAll('<!--', String.raw`<\!--`);
}

/** What web/window-source.ts answers from. */
function windowJson(source: ExportSource): Jsonable {
  const { trace, from, to, progress } = source;
  const rows: Jsonable[] = [];
  for (const record of from < to ? trace.steps(from, to - from, { accesses: true }) : []) {
    rows.push({
      ...(rowOf(record, ALL_BYTES) as { readonly [key: string]: Jsonable }),
      read: (record.accesses ?? [])
        .filter(({ reads }) => reads)
        .map(({ gpa, size }) => ({ gpa, length: size })),
    });
    if (record.step % 1024 === 0) progress(record.step);
  }
  const state = trace.state(from);
  const end = trace.state(to);
  return {
    version: toolVersion,
    about: traceJson(trace),
    from,
    to,
    end: { rip: end.rip ?? null, address: end.address ?? null },
    registers: state.registers().map(({ name, bits, value }) => ({ name, bits, value })),
    rows,
    calls: callsJson(trace, from, to),
    console: outputBefore(trace, to),
    ...memoryJson(source),
  };
}

function callsJson(trace: Trace, from: number, to: number): Jsonable {
  return Array.from(trace.calls(from, Math.max(to, from)), (call) => {
    const symbol = trace.symbolAt(call.address);
    return {
      address: call.address,
      name: symbol === undefined ? null : formatSymbol(symbol),
      kind: call.kind,
      depth: call.depth,
      first_step: call.firstStep,
      last_step: call.lastStep,
      ended: call.ended,
    };
  });
}

/** The pages that the steps touch: where each is mapped, and what is in it at the beginning. */
function memoryJson({ trace, from, to }: ExportSource): {
  readonly mapping: Jsonable;
  readonly pages: Jsonable;
} {
  const linear = new Set<bigint>();
  const physical = new Set<number>();
  const add = (address: bigint): void => {
    if (linear.size < MOST_PAGES) linear.add(address - (address % BigInt(PAGE_BYTES)));
  };
  const [first, last] = [trace.state(from), trace.state(to)];
  for (const state of [first, last]) add(state.register('rsp') ?? 0n);
  const accesses = new LinearAccesses(trace, from);
  for (const batch of trace.stepBatches(from, to)) {
    for (let i = 0; i < batch.count; i++) {
      add(trace.instruction(batch.instruction[i]!).address);
      for (const { address } of accesses.step(batch, i)) add(address);
    }
    for (const gpa of batch.memory.gpa) physical.add(Math.floor(gpa / PAGE_BYTES));
  }
  const mapping: Jsonable[] = [];
  for (const address of linear) {
    // What is mapped on the way is found at the end.
    const found = [first, last].map((state) => state.translate(address)).find(({ kind }) => kind === 'mapped'); // prettier-ignore
    if (found?.kind !== 'mapped') continue;
    const page = Math.floor(found.gpa / PAGE_BYTES);
    physical.add(page);
    mapping.push({ address, page });
  }
  const pages = [...physical].slice(0, MOST_PAGES).map((page) => ({
    page,
    bytes: Buffer.from(first.readPhysical(page * PAGE_BYTES, PAGE_BYTES).bytes).toString('base64'),
  }));
  return { mapping, pages };
}
