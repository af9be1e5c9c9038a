/** The tree of `kvmtrace why` as lines and as JSON. */
import type { NamedPlace, WhyCopy, WhyNode } from '../query/why/why.js';
import { sourceJson, sourceText } from '../views/source.js';
import { formatSymbol } from '../trace/read/symbols.js';
import type { Jsonable } from '../base/json.js';
import { hex } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';
import { shownText } from '../trace/read/syntax.js';

/** Of the places that a value was moved through; the JSON has all. */
const SHOWN_COPIES = 8;
const OMITTED = {
  told: 'explained above',
  depth: 'a larger --depth shows more',
  links: 'a larger --links shows more',
} as const;
const UNSURE = 'a later step may have stored the same value again: kvmtrace index finds out';

/** Each value with the step that made it; below it, indented, what that step read. */
export function* whyLines(root: WhyNode, style: Style): Generator<string> {
  yield* nodeLines(root, '', '', style);
}

function* nodeLines(node: WhyNode, head: string, indent: string, style: Style): Generator<string> {
  const value = node.value === undefined ? '?' : hex(node.value);
  yield `${style.faint(head)}${style.change(`${placeText(node)} = ${value}`)}${moves(node.copies)}  ${origin(node, style)}`;
  for (const [i, source] of node.sources.entries()) {
    const last = i === node.sources.length - 1;
    const [branch, below] = last ? ['└ ', '  '] : ['├ ', '│ '];
    yield* nodeLines(source, indent + branch, indent + below, style);
  }
}

function origin(node: WhyNode, style: Style): string {
  const { step, instruction, symbol, detail, repeats, firstRepeat } = node;
  const limits = [
    node.omitted === undefined ? '' : OMITTED[node.omitted],
    node.complete ? '' : UNSURE,
  ];
  if (step === undefined || instruction === undefined) {
    return `${initialText(node)}${inBrackets(limits, style)}`;
  }
  const place = symbol === undefined ? hex(instruction.address) : printable(formatSymbol(symbol));
  const source = sourceText(node.source);
  const text = `${style.faint(`step ${step}`)} ${style.place(place)}${source} ${printable(shownText(instruction))}`;
  const notes = [
    originNote(node, detail),
    repeats === 0 ? '' : `run ${repeats + 1} times to make it, first at step ${firstRepeat ?? 0}`,
    ...limits,
  ];
  return `${text}${inBrackets(notes, style)}`;
}

function inBrackets(notes: readonly string[], style: Style): string {
  const told = notes.filter((note) => note !== '');
  return told.length === 0 ? '' : `  ${style.event(`(${told.join('; ')})`)}`;
}

/** Of an initial value: where it was made is where the last copy came from. */
function initialText({ place, copies }: WhyNode): string {
  const made = copies.at(-1)?.place ?? place;
  return made.kind === 'memory' ? 'initial contents' : 'initial value';
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

/** `[0x101000]:8 (p)`. */
function placeText({ name, location }: NamedPlace): string {
  return location === undefined ? name : `${name} (${printable(formatSymbol(location))})`;
}

/** ` ← rcx (step 5) ← [0x6000]:8 (step 4)`: back through the places that the value was in. */
function moves(copies: readonly WhyCopy[]): string {
  const text = (copy: WhyCopy): string => ` ← ${placeText(copy)} (step ${copy.step})`;
  if (copies.length <= SHOWN_COPIES) return copies.map(text).join('');
  const first = copies.slice(0, SHOWN_COPIES / 2);
  const last = copies.slice(-SHOWN_COPIES / 2);
  const left = copies.length - SHOWN_COPIES;
  return `${first.map(text).join('')} ← … ${left} more …${last.map(text).join('')}`;
}

/** A node of the tree as JSON, what its value was made of in it. */
export function whyJson(node: WhyNode): Jsonable {
  const { instruction, symbol } = node;
  return {
    name: node.name,
    location: node.location === undefined ? null : formatSymbol(node.location),
    value: node.value ?? null,
    state: node.state,
    gpa: node.place.kind === 'memory' ? node.place.gpa : null,
    origin: node.origin,
    detail: node.detail ?? null,
    step: node.step ?? null,
    instruction:
      instruction === undefined
        ? null
        : { address: instruction.address, text: shownText(instruction) },
    symbol: symbol === undefined ? null : formatSymbol(symbol),
    ...(node.source === undefined ? {} : { source: sourceJson(node.source) }),
    copies: node.copies.map(({ step, name, location }) => ({
      step,
      from: name,
      location: location === undefined ? null : formatSymbol(location),
    })),
    complete: node.complete,
    repeats: node.repeats,
    omitted: node.omitted ?? null,
    sources: node.sources.map(whyJson),
  };
}
