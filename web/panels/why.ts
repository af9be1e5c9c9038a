/** Where a value comes from, as a graph that one walks: made from right to left, told from left to right. */
import { html, nothing, svg, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { WhyNode } from '../documents.js';
import { counted, hex, sourceText, visible } from '../text.js';
import { styled } from '../view/directives.js';
import { stepLink } from '../view/step-link.js';
import { lateNote } from './stack.js';

const NODE = { width: 236, height: 62, gapX: 44, gapY: 10 };

interface Placed {
  readonly node: WhyNode;
  readonly id: number;
  readonly level: number;
  readonly y: number;
  readonly parent: number | undefined;
  readonly children: number[];
}

const pixels = (value: number): string => `${String(value)}px`;

export function whyPanel(app: App): TemplateResult {
  const { why } = app.place;
  if (why === undefined) {
    return html`<p class="hint">
      Select a register or bytes, and ask why (Y): the steps that made the value, back to constants
      and inputs.
    </p>`;
  }
  const { value, problem, busy } = app.why;
  return html`<div class="why">
    <div class="why-head">
      <code>${visible(why.replace('@', ' at state '))}</code>
      ${
        app.whyPath.length === 0
          ? nothing
          : html`<button
              class="plain"
              @click=${() => {
                app.explainBack();
              }}
            >
              ‹ back along the graph
            </button>`
      }
      <span class="hint">arrows walk, Enter goes to the step, a double click begins there</span>
    </div>
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${visible(problem)}</p>`}
    ${value === undefined ? html`<p class="hint" role="status">${busy ? lateNote(app) : ''}</p>` : graph(app, value.root)}
  </div>`;
}

/** Leaves get a line each; what is made of several stands in the line of the first. */
function layout(root: WhyNode): Placed[] {
  const placed: Placed[] = [];
  let line = 0;
  const visit = (node: WhyNode, level: number, parent: number | undefined): number => {
    const id = placed.length;
    const children: number[] = [];
    placed.push({ node, id, level, y: 0, parent, children });
    for (const source of node.sources) children.push(visit(source, level + 1, id));
    const ys = children.map((child) => placed[child]!.y);
    const y = ys[0] ?? line++ * (NODE.height + NODE.gapY);
    placed[id] = { node, id, level, y, parent, children };
    return id;
  };
  visit(root, 0, undefined);
  return placed;
}

function graph(app: App, root: WhyNode): TemplateResult {
  const placed = layout(root);
  const x = (level: number): number => level * (NODE.width + NODE.gapX);
  const width = Math.max(...placed.map(({ level }) => x(level))) + NODE.width;
  const height = Math.max(...placed.map(({ y }) => y)) + NODE.height;
  return html`<div class="graph-scroll">
    <div
      class="graph"
      role="tree"
      aria-label="Where the value comes from"
      ${styled({ width: pixels(width), height: pixels(height) })}
      @keydown=${(event: KeyboardEvent) => {
        walk(event, placed);
      }}
    >
      <svg width=${width} height=${height} aria-hidden="true">
        ${placed.map(({ level, y, parent }) => {
          if (parent === undefined) return nothing;
          const from = placed[parent]!;
          const [x0, y0] = [x(from.level) + NODE.width, from.y + NODE.height / 2];
          const [x1, y1] = [x(level), y + NODE.height / 2];
          const middle = (x0 + x1) / 2;
          return svg`<path d=${`M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`}></path>`;
        })}
      </svg>
      ${placed.map((each) => nodeView(app, each, x(each.level)))}
    </div>
  </div>`;
}

function nodeView(app: App, { node, id, level, y }: Placed, left: number): TemplateResult {
  const { step, value, origin, instruction, omitted } = node;
  const source = sourceText(node.source);
  const isHere = step !== null && step === app.a.at;
  const name = node.location === null ? node.name : `${node.name} (${node.location})`;
  const moved =
    node.copies.length === 0 ? '' : ` ← ${node.copies.map(({ from }) => from).join(' ← ')}`;
  return html`<div
    class=${`node ${origin}${isHere ? ' here' : ''}`}
    role="treeitem"
    data-node=${id}
    tabindex=${id === 0 ? '0' : '-1'}
    aria-level=${level + 1}
    ${styled({ left: pixels(left), top: pixels(y), width: pixels(NODE.width), height: pixels(NODE.height) })}
    @click=${(event: Event) => {
      (event.currentTarget as HTMLElement).focus();
      if (step !== null) app.go(step);
    }}
    @dblclick=${() => {
      app.explainFurther(node);
    }}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      if (event.shiftKey || (omitted !== null && omitted !== 'told')) app.explainFurther(node);
      else if (step !== null) app.go(step);
    }}
    title=${visible(`${name}${moved}${node.detail === null ? '' : `\n${node.detail}`}${node.complete ? '' : '\na later step may have stored the same value again'}`)}
  >
    <div class="node-value">
      <b>${visible(node.name)}</b> = ${value === null ? '?' : hex(value)}<span class="moved"
        >${visible(moved)}</span
      >
    </div>
    <div class="node-code">
      ${instruction === null ? originWords(node) : visible(instruction.text)}
    </div>
    <div class="node-place">
      ${step === null ? nothing : stepLink(app, step, counted(step))}
      <span>${visible(node.symbol ?? '')} ${source}</span>
      ${node.repeats === 0 ? nothing : html`<em>× ${node.repeats + 1}</em>`}
      ${origin === 'computed' || instruction === null ? nothing : html`<em>${visible(originWords(node))}</em>`}
      ${omitted === null ? nothing : html`<em>${omitted === 'told' ? 'told elsewhere' : 'goes on: Enter'}</em>`}
    </div>
  </div>`;
}

function originWords({ origin, detail }: WhyNode): string {
  const words = { initial: 'initial value', cpu: 'by the CPU itself' }[origin] ?? origin;
  return detail === null ? words : `${words}: ${detail}`;
}

/** Left to what was made of it, right to what it was made of, up and down among neighbours. */
function walk(event: KeyboardEvent, placed: readonly Placed[]): void {
  const here = placed[Number((event.target as HTMLElement).dataset['node'])];
  if (here === undefined) return;
  const column = placed.filter(({ level }) => level === here.level);
  const index = column.indexOf(here);
  const next = {
    ArrowLeft: here.parent,
    ArrowRight: here.children[0],
    ArrowUp: column[index - 1]?.id,
    ArrowDown: column[index + 1]?.id,
  }[event.key];
  if (!event.key.startsWith('Arrow')) return;
  // The keys of the whole page step through the trace.
  event.stopPropagation();
  event.preventDefault();
  if (next === undefined) return;
  const graphElement = event.currentTarget as HTMLElement;
  const target = graphElement.querySelector<HTMLElement>(`[data-node="${String(next)}"]`);
  target?.focus();
  target?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
