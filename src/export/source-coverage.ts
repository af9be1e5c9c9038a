/** Coverage of source lines, as the guest's debugging information names them. */
import type { Trace } from '../query/trace.js';
import type { CoveredFile, CoveredFunction, CoveredLine, ExecutedCode } from './coverage.js';
import { FunctionNames } from './function-name.js';

/** Whether the trace knows source lines. */
export function hasSourceLines(trace: Trace): boolean {
  const { rows } = trace.query(
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('source_file', 'source_line')",
  );
  return [...rows][0]?.[0] === 2n;
}

/**
 * The files that code comes from, by path, with every line that has code, run or not. A line ran as
 * often as the instruction of it that ran most.
 *
 * @param executed by linear address
 */
export function* sourceCoverage(
  trace: Trace,
  executed: ReadonlyMap<bigint, ExecutedCode>,
): Generator<CoveredFile> {
  const counts = countsOfRanges(trace, executed);
  const functions = functionsByFile(trace, executed);
  const { rows } = trace.query(
    `SELECT f.path, l.line, l.address FROM source_line l JOIN source_file f ON f.id = l.file
     WHERE l.line > 0 ORDER BY f.path, l.line`,
  );
  let path: string | undefined;
  let lines: CoveredLine[] = [];
  const file = (): CoveredFile => ({ path: path!, functions: functions.get(path!) ?? [], lines });
  for (const [name, number, address] of rows) {
    if (name !== path) {
      if (path !== undefined) yield file();
      path = String(name);
      lines = [];
    }
    const line = Number(number);
    const count = counts.get(BigInt.asUintN(64, address as bigint)) ?? 0;
    const last = lines.at(-1);
    if (last?.line !== line) lines.push({ line, count });
    else if (last.count < count) lines[lines.length - 1] = { line, count };
  }
  if (path !== undefined) yield file();
}

/** How often the pieces of code ran that are of one line, by their linked addresses. */
function countsOfRanges(
  trace: Trace,
  executed: ReadonlyMap<bigint, ExecutedCode>,
): Map<bigint, number> {
  const counts = new Map<bigint, number>();
  for (const [address, { count }] of executed) {
    const range = trace.sourceAt(address);
    if (range === undefined) continue;
    counts.set(range.address, Math.max(count, counts.get(range.address) ?? 0));
  }
  return counts;
}

/** The functions of each file, by the line that they begin in. */
function functionsByFile(
  trace: Trace,
  executed: ReadonlyMap<bigint, ExecutedCode>,
): Map<string, CoveredFunction[]> {
  const names = new FunctionNames(trace);
  const ran = functionsThatRan(trace, executed);
  const byFile = new Map<string, CoveredFunction[]>();
  const seen = new Set<bigint>();
  const { rows } = trace.query("SELECT address FROM symbol WHERE kind = 'function' ORDER BY id");
  for (const [value] of rows) {
    const address = BigInt.asUintN(64, value as bigint);
    const source = trace.sourceAt(address);
    if (source === undefined || source.line === 0 || seen.has(address)) continue;
    seen.add(address);
    const list = byFile.get(source.file) ?? [];
    byFile.set(source.file, list);
    // Of one that was under way already it is known that it ran.
    const count = executed.get(address)?.count ?? Number(ran.has(address));
    list.push({ name: names.of(address), line: source.line, count });
  }
  for (const list of byFile.values()) list.sort((a, b) => a.line - b.line);
  return byFile;
}

/** Addresses of the symbols that any code which ran belongs to. */
function functionsThatRan(
  trace: Trace,
  executed: ReadonlyMap<bigint, ExecutedCode>,
): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  for (const address of executed.keys()) {
    const symbol = trace.symbolAt(address)?.symbol;
    if (symbol !== undefined) found.add(symbol.address);
  }
  return found;
}
