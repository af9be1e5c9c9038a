/**
 * lcov's tracefiles (geninfo(1), "TRACEFILE FORMAT"), which genhtml and CI services read: how often lines and
 * functions ran. Where the trace knows no source lines the guest's disassembly stands in for the source: it is
 * written beside the result.
 */
import { resolve } from 'node:path';
import { inputError } from '../base/errors.js';
import { executedCode, type CoveredFile } from './coverage.js';
import type { Chunk, Exporter, ExportFile, ExportSource } from './exporter.js';
import { listing } from './listing.js';
import { hasSourceLines, sourceCoverage } from './source-coverage.js';

/** Of the disassembly, behind the name of the output. */
const LISTING = '.asm';

/** For genhtml. */
export const lcov: Exporter = { files };

function* files(source: ExportSource): Generator<ExportFile> {
  const { trace, from, output } = source;
  const bySource = hasSourceLines(trace);
  if (!bySource && output === undefined) {
    throw inputError(
      'the trace knows no source lines, and the disassembly that coverage is shown on instead is a second file: give a path with -o.',
    );
  }
  const executed = executedCode(source);
  if (bySource) {
    yield { name: '', chunks: records(sourceCoverage(trace, executed)) };
    return;
  }
  const { text, functions, lines } = listing(trace, executed, from);
  yield { name: LISTING, chunks: text.map((each) => `${each}\n`) };
  const path = resolve(`${output!}${LISTING}`);
  yield { name: '', chunks: records([{ path, functions, lines }]) };
}

function* records(covered: Iterable<CoveredFile>): Generator<Chunk> {
  for (const { path, functions, lines } of covered) {
    yield `TN:\nSF:${path}\n`;
    for (const { name, line } of functions) yield `FN:${line},${name}\n`;
    for (const { name, count } of functions) yield `FNDA:${count},${name}\n`;
    yield `FNF:${functions.length}\nFNH:${functions.filter(({ count }) => count > 0).length}\n`;
    for (const { line, count } of lines) yield `DA:${line},${count}\n`;
    yield `LF:${lines.length}\nLH:${lines.filter(({ count }) => count > 0).length}\nend_of_record\n`;
  }
}
