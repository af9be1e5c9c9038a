/** Call trees as lines that fit a terminal. */
import type { CallNode } from '../query/call-tree.js';
import type { Call } from '../trace/read/derived-reader.js';
import { formatSymbol, type SymbolOffset } from '../trace/read/symbols.js';
import { columnWidths } from './columns.js';
import type { Jsonable } from '../base/json.js';
import { hex } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';

const INDENT = '  ';
/** Indentation stops here, so that names remain readable; further in, they have their depth instead. */
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
    const isDeep = node.depth * INDENT.length > MAX_INDENT;
    const indent = isDeep ? `${' '.repeat(MAX_INDENT)}#${node.depth} ` : INDENT.repeat(node.depth);
    const unwound = node.unwound === 0 ? '' : `, ${node.unwound} unwound`;
    return [indent, functionName(node.address, node.symbol, node.kind), unwound] as const;
  });
  const head = ['total', '%', 'own', 'calls'];
  const widths = columnWidths([head, ...cells]);
  const align = (row: readonly string[]): string =>
    row.map((cell, i) => cell.padStart(widths[i]!)).join('  ');
  yield style.strong(`${align(head)}  function`);
  const room = (columns ?? Infinity) - align(head).length - 2;
  for (const [i, row] of cells.entries()) {
    const [indent, name, rest] = names[i]!;
    yield `${align(row)}  ${indent}${style.place(cut(name, room - indent.length))}${style.faint(rest)}`;
  }
}

/** A node of the tree as JSON, its callees in it. */
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
