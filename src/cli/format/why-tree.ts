/** The tree of `kvmtrace why` as lines and as JSON. */
import type { WhyNode } from '../../replay/why/why.js';
import { formatSymbol } from '../../trace/reader/symbols.js';
import type { Jsonable } from './json.js';
import { hex } from './numbers.js';
import { printable } from '../../printable.js';
import type { Style } from './style.js';

/** Each value with the step that made it; below it, indented, what that step read. */
export function* whyLines(root: WhyNode, style: Style): Generator<string> {
  yield* nodeLines(root, '', '', style);
}

function* nodeLines(node: WhyNode, head: string, indent: string, style: Style): Generator<string> {
  const value = node.value === undefined ? '?' : hex(node.value);
  yield `${style.faint(head)}${style.change(`${node.name} = ${value}`)}  ${origin(node, style)}`;
  for (const [i, source] of node.sources.entries()) {
    const last = i === node.sources.length - 1;
    const [branch, below] = last ? ['└ ', '  '] : ['├ ', '│ '];
    yield* nodeLines(source, indent + branch, indent + below, style);
  }
}

function origin(node: WhyNode, style: Style): string {
  const { step, instruction, symbol, detail, copies, repeats, firstRepeat } = node;
  if (step === undefined || instruction === undefined)
    return `${initialText(node)}${moves(copies)}`;
  const place = symbol === undefined ? hex(instruction.address) : printable(formatSymbol(symbol));
  const text = `${style.faint(`step ${step}`)} ${style.place(place)} ${printable(instruction.text)}`;
  const notes = [
    originNote(node, detail),
    repeats === 0 ? '' : `${repeats} times more, from step ${firstRepeat ?? 0}`,
    node.omitted === 'told' ? 'told above' : node.omitted === 'depth' ? 'goes on: --depth' : '',
  ].filter((note) => note !== '');
  const note = notes.length === 0 ? '' : `  ${style.event(`(${notes.join('; ')})`)}`;
  return `${text}${moves(copies)}${note}`;
}

function initialText({ place }: WhyNode): string {
  return place.kind === 'memory' ? 'initial contents' : 'initial value';
}

function originNote({ origin: kind }: WhyNode, detail: string | undefined): string {
  switch (kind) {
    case 'constant':
      return 'constant';
    case 'input':
      return `input: ${printable(detail ?? '')}`;
    case 'delivery':
      return `delivery of ${printable(detail ?? '')}`;
    case 'cpu':
      return 'by the CPU itself';
    case 'computed':
    case 'initial':
      return '';
  }
}

function moves(copies: readonly number[]): string {
  if (copies.length === 0) return '';
  return copies.length === 1 ? ', moved once' : `, moved ${copies.length} times`;
}

export function whyJson(node: WhyNode): Jsonable {
  const { instruction, symbol } = node;
  return {
    name: node.name,
    value: node.value ?? null,
    state: node.state,
    gpa: node.place.kind === 'memory' ? node.place.gpa : null,
    origin: node.origin,
    detail: node.detail ?? null,
    step: node.step ?? null,
    instruction:
      instruction === undefined ? null : { address: instruction.address, text: instruction.text },
    symbol: symbol === undefined ? null : formatSymbol(symbol),
    copies: node.copies,
    repeats: node.repeats,
    omitted: node.omitted ?? null,
    sources: node.sources.map(whyJson),
  };
}
