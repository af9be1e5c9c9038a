/** Call trees and call stacks as lines that fit a terminal. */
import type { CallNode } from '../../replay/call-tree.js';
import type { Trace } from '../../replay/trace.js';
import type { Call } from '../../trace/reader/derived-reader.js';
import { formatSymbol, type SymbolOffset } from '../../trace/reader/symbols.js';
import type { Jsonable } from './json.js';
import { hex } from './numbers.js';
import { printable } from '../../printable.js';
import type { Style } from './style.js';

const INDENT = '  ';
/** Indentation stops here, so that names remain readable. */
const MAX_INDENT = 24;

/** `main`, `main+0x10` or `0x1000`, with how it came about where that is not a plain call. */
export function functionName(
  address: bigint,
  symbol: SymbolOffset | undefined,
  kind: Call['kind'] = 'call',
): string {
  const name = symbol === undefined ? hex(address) : printable(formatSymbol(symbol));
  return kind === 'call' || kind === 'start' ? name : `${name} (${kind})`;
}

/** The trees, indented: steps with callees, their share, own steps, calls, function. */
export function* callTreeLines(
  roots: readonly CallNode[],
  stepCount: number,
  style: Style,
  columns: number | undefined,
): Generator<string> {
  const nodes = [...flatten(roots)];
  const cells = nodes.map((node) => [
    String(node.totalSteps),
    percent(node.totalSteps, stepCount),
    String(node.ownSteps),
    String(node.calls),
  ]);
  const names = nodes.map((node) => {
    const indent = INDENT.repeat(node.depth).slice(0, MAX_INDENT);
    const unwound = node.unwound === 0 ? '' : `, ${node.unwound} unwound`;
    return [indent, functionName(node.address, node.symbol, node.kind), unwound] as const;
  });
  const head = ['total', '%', 'own', 'calls'];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]!.length)),
  );
  const align = (row: readonly string[]): string =>
    row.map((cell, i) => cell.padStart(widths[i]!)).join('  ');
  yield style.strong(`${align(head)}  function`);
  const room = (columns ?? Infinity) - align(head).length - 2;
  for (const [i, row] of cells.entries()) {
    const [indent, name, rest] = names[i]!;
    yield `${align(row)}  ${indent}${style.place(cut(name, room - indent.length))}${style.faint(rest)}`;
  }
}

/** Of each call under way, the innermost first: depth, function, where it is, since when. */
export function* callStackLines(
  trace: Trace,
  stack: readonly Call[],
  style: Style,
): Generator<string> {
  const rows = stack.toReversed().map((call) => ({
    depth: `#${call.depth}`,
    name: functionName(call.address, trace.symbolAt(call.address), call.kind),
    since: `from step ${call.firstStep}`,
    until: call.ended === 'open' ? 'to the end' : `to ${call.lastStep}`,
  }));
  const width = (key: 'depth' | 'name' | 'since'): number =>
    Math.max(0, ...rows.map((row) => row[key].length));
  for (const { depth, name, since, until } of rows) {
    yield `${depth.padStart(width('depth'))}  ${style.place(name.padEnd(width('name')))}  ${since.padEnd(width('since'))} ${until}`;
  }
}

export function callNodeJson(node: CallNode): Jsonable {
  return {
    address: node.address,
    function: node.symbol === undefined ? null : formatSymbol(node.symbol),
    kind: node.kind,
    depth: node.depth,
    calls: node.calls,
    own_steps: node.ownSteps,
    total_steps: node.totalSteps,
    first_step: node.firstStep,
    unwound: node.unwound,
    children: node.children.map(callNodeJson),
  };
}

export function callJson(trace: Trace, call: Call): Jsonable {
  const symbol = trace.symbolAt(call.address);
  return {
    id: call.id,
    address: call.address,
    function: symbol === undefined ? null : formatSymbol(symbol),
    kind: call.kind,
    depth: call.depth,
    first_step: call.firstStep,
    last_step: call.lastStep,
    own_steps: call.ownSteps,
    total_steps: call.totalSteps,
    ended: call.ended,
  };
}

/** `97.8`. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0.0' : ((100 * part) / whole).toFixed(1);
}

function* flatten(nodes: readonly CallNode[]): Generator<CallNode> {
  for (const node of nodes) {
    yield node;
    yield* flatten(node.children);
  }
}

function cut(text: string, room: number): string {
  return text.length <= Math.max(room, 12) ? text : `${text.slice(0, Math.max(room, 12) - 1)}…`;
}
