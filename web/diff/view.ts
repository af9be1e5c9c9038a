/** Two traces side by side: what differs, why, and where next. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { DiffDocument, DiffPoint, FunctionsDocument, StateDocument } from '../documents.js';
import { Listing } from '../panels/listing.js';
import { digits } from '../panels/registers.js';
import type { Session } from '../session.js';
import { counted, fullHex, hex, visible } from '../text.js';
import { helpDialog } from '../view/help.js';
import { toolbar } from '../view/toolbar.js';

const KINDS: Readonly<Record<DiffPoint['kind'], string>> = {
  cause: 'cause',
  difference: 'differs',
  way: 'way',
  branch: 'parts',
  again: 'meets',
  output: 'output',
};
const MOST_FUNCTIONS = 300;

export class DiffView {
  readonly listingA = new Listing();
  readonly listingB = new Listing();

  view(app: App): TemplateResult {
    const { b } = app;
    if (b === undefined) return html``;
    const { value, problem } = app.diff;
    const show = (): void => {
      app.show();
    };
    return html`${toolbar(app)}
      <main class="diff">
        <section class="panel verdict" aria-label="Verdict">
          <p role="status">
            ${
              problem === undefined
                ? value === undefined
                  ? 'comparing …'
                  : verdict(value)
                : visible(problem)
            }
          </p>
          <button
            title="Previous difference (Shift+D)"
            @click=${() => {
              app.goToDifference('backward');
            }}
          >
            ‹ difference
          </button>
          <button
            title="Next difference (D)"
            @click=${() => {
              app.goToDifference('forward');
            }}
          >
            difference ›
          </button>
          <button
            aria-pressed=${app.inStep ? 'true' : 'false'}
            title="Move both together (S)"
            @click=${() => {
              app.toggleInStep();
            }}
          >
            in step
          </button>
        </section>
        <section class="panel side-a" aria-label="First trace">
          <header>
            <h2 class="a">a</h2>
            <span class="hint"
              >${visible(app.a.about.name)}, ${counted(app.a.about.steps)} steps</span
            >
          </header>
          ${this.listingA.view({
            ...{ session: app.a, label: 'Steps of a', marks: app.place.marks, show },
            noted: notes(value?.points, 'step_a'),
            go: (at) => {
              app.go(at);
            },
            toggleMark: (step) => {
              app.toggleMark(step);
            },
          })}
        </section>
        <section class="panel side-b" aria-label="Second trace">
          <header>
            <h2 class="b">b</h2>
            <span class="hint">${visible(b.about.name)}, ${counted(b.about.steps)} steps</span>
          </header>
          ${this.listingB.view({
            ...{ session: b, label: 'Steps of b', marks: [], show },
            noted: notes(value?.points, 'step_b'),
            go: (at) => {
              app.goB(at);
            },
            toggleMark: () => undefined,
          })}
        </section>
        <div class="diff-more">
          <section class="panel points" aria-label="Differences">
            <header><h2>Differences</h2></header>
            ${points(app, value?.points)}
          </section>
          <section class="panel register-diff" aria-label="Registers that differ">
            <header><h2>Registers that differ here</h2></header>
            ${registers(stateHere(app.a), stateHere(b))}
          </section>
          <section class="panel function-diff" aria-label="Functions">
            <header><h2>Functions</h2></header>
            ${functions(app)}
          </section>
        </div>
      </main>
      <p class=${`notice${app.notice === '' ? '' : ' shown'}`} role="status" aria-live="polite">
        ${visible(app.notice)}
      </p>
      ${helpDialog(app)}`;
  }
}

/** The first word is the verdict itself. */
function verdict({ same, verdict: words }: DiffDocument): TemplateResult {
  const colon = /^\w+/.exec(words)?.[0].length ?? 0;
  return html`<b class=${same ? 'same' : 'different'}>${words.slice(0, colon)}</b
    >${visible(words.slice(colon))}`;
}

/** The rows of the listing that are of note, with their classes. */
function notes(
  all: readonly DiffPoint[] | undefined,
  side: 'step_a' | 'step_b',
): ReadonlyMap<number, string> {
  const noted = new Map<number, string>();
  for (const point of all ?? []) {
    const step = point[side];
    if (step === null) continue;
    // The cause stands out among what follows from it at the same step.
    if (noted.get(step) !== 'cause')
      noted.set(step, point.kind === 'cause' ? 'cause' : 'divergence');
  }
  return noted;
}

function points(app: App, all: readonly DiffPoint[] | undefined): TemplateResult {
  if (all === undefined) return html`<p class="hint">…</p>`;
  if (all.length === 0) return html`<p class="hint">No step differs.</p>`;
  const step = (value: number | null): string => (value === null ? '–' : counted(value));
  return html`<ul class="hits" aria-label="Steps that differ">
    ${all.map((point) => {
      const { kind, step_a: a, step_b: b, title } = point;
      return html`<li>
        <button
          class=${`hit point ${kind}${a === app.a.at ? ' here' : ''}`}
          title=${visible(title)}
          @click=${() => {
            app.goToPoint(point);
          }}
        >
          <span class="kind">${KINDS[kind]}</span><span class="step">${step(a)}</span
          ><span class="step">${step(b)}</span><span class="title">${visible(title)}</span>
        </button>
      </li>`;
    })}
  </ul>`;
}

/** What is known of the state in view: not that of the one before, while it is asked for. */
function stateHere({ at, state }: Session): StateDocument | undefined {
  return state.value?.state === at ? state.value : undefined;
}

function registers(a: StateDocument | undefined, b: StateDocument | undefined): TemplateResult {
  if (a === undefined || b === undefined) return html``;
  const other = new Map(b.registers.map(({ name, value }) => [name, value]));
  const rows = [
    { name: 'rip', bits: 64, a: a.rip ?? 0, b: b.rip ?? 0 },
    ...a.registers.flatMap(({ name, bits, value }) => {
      const found = other.get(name);
      return found === undefined ? [] : [{ name, bits, a: value, b: found }];
    }),
  ].filter((each) => String(each.a) !== String(each.b));
  if (rows.length === 0)
    return html`<p class="hint">None: the two states have the same registers.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Values of registers">
    <table>
      <thead>
        <tr>
          <th scope="col">register</th>
          <th scope="col" class="a">a</th>
          <th scope="col" class="b">b</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              <th scope="row">${row.name}</th>
              <td>${digits(fullHex(row.a, row.bits))}</td>
              <td>${digits(fullHex(row.b, row.bits))}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

interface FunctionRow {
  readonly name: string;
  readonly a: { readonly calls: number; readonly total: number };
  readonly b: { readonly calls: number; readonly total: number };
}

/** By name, those first whose steps differ most. */
function functionRows(a: FunctionsDocument, b: FunctionsDocument): FunctionRow[] {
  const none = { calls: 0, total: 0 };
  const byName = (document: FunctionsDocument) =>
    new Map(
      document.functions.map(({ name, address, calls, total_steps: total }) => [
        name ?? hex(address),
        { calls, total },
      ]),
    );
  const [left, right] = [byName(a), byName(b)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const change = (row: FunctionRow): number => Math.abs(row.a.total - row.b.total);
  return names
    .map((name) => ({ name, a: left.get(name) ?? none, b: right.get(name) ?? none }))
    .sort((x, y) => change(y) - change(x));
}

function functions(app: App): TemplateResult {
  app.functions.ask({});
  app.functionsB.ask({});
  const [a, b] = [app.functions.value, app.functionsB.value];
  if (a === undefined || b === undefined) return html`<p class="hint">…</p>`;
  const rows = functionRows(a, b).slice(0, MOST_FUNCTIONS);
  const signed = (value: number): string =>
    value > 0 ? `+${counted(value)}` : value < 0 ? `−${counted(-value)}` : '0';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Steps of functions">
    <table>
      <thead>
        <tr>
          <th scope="col">function</th>
          <th scope="col" class="number a">calls a</th>
          <th scope="col" class="number b">calls b</th>
          <th scope="col" class="number a">steps a</th>
          <th scope="col" class="number b">steps b</th>
          <th scope="col" class="number">change</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const difference = row.b.total - row.a.total;
          return html`<tr class=${difference === 0 && row.a.calls === row.b.calls ? 'same' : ''}>
            <td class="place">${visible(row.name)}</td>
            <td class="number">${counted(row.a.calls)}</td>
            <td class="number">${counted(row.b.calls)}</td>
            <td class="number">${counted(row.a.total)}</td>
            <td class="number">${counted(row.b.total)}</td>
            <td class="number">${difference === 0 ? nothing : signed(difference)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
