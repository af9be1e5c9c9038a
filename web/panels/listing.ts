/** The listing: every step is a row, of which those in view exist. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Row } from '../documents.js';
import type { Session } from '../session.js';
import { counted, hex, sourceText, visible, wide } from '../text.js';
import { mounted } from '../view/directives.js';
import { Scrollbar } from '../view/scrollbar.js';

export const ROW_HEIGHT = 20;
/** Rows between the position and the edge that it is not shown beyond. */
const MARGIN = 2;

export interface ListingOptions {
  readonly session: Session;
  readonly label: string;
  readonly marks: readonly number[];
  /** Steps of note: their rows are marked with a class each. */
  readonly noted?: ReadonlyMap<number, string>;
  readonly go: (at: number) => void;
  readonly toggleMark: (step: number) => void;
  readonly show: () => void;
}

/** Which rows are in view, and how they got there. */
export class Listing {
  #top = 0;
  #rows = 20;
  #shownAt = -1;
  #wheel = 0;
  #last: ListingOptions | undefined;
  readonly #scrollbar = new Scrollbar();
  readonly #observer = new ResizeObserver(([entry]) => {
    const rows = Math.max(1, Math.floor((entry?.contentRect.height ?? 400) / ROW_HEIGHT));
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#shownAt = -1;
    this.#last?.show();
  });

  get rows(): number {
    return this.#rows;
  }

  scroll(rows: number): void {
    const { session } = this.#last ?? {};
    if (session === undefined) return;
    const { first } = session;
    const most = Math.max(first, session.about.steps + 1 - this.#rows);
    this.#top = Math.max(first, Math.min(most, Math.round(this.#top + rows)));
    this.#last?.show();
  }

  view(options: ListingOptions): TemplateResult {
    this.#last = options;
    const { session, label } = options;
    const { at } = session;
    if (at !== this.#shownAt) this.#follow(at, session.first, session.about.steps);
    const end = Math.min(session.about.steps + 1, this.#top + this.#rows + 1);
    const steps = Array.from({ length: end - this.#top }, (_, i) => this.#top + i);
    return html`<div class="listing">
      <div
        class="listing-rows"
        role="grid"
        id=${`listing-${session.side}`}
        tabindex="0"
        aria-label=${label}
        aria-rowcount=${session.about.steps + 1 - session.first}
        aria-activedescendant=${at >= this.#top && at < end ? `row-${session.side}-${String(at)}` : nothing}
        @wheel=${{
          handleEvent: (event: WheelEvent) => {
            this.#onWheel(event);
          },
          passive: false,
        }}
        ${mounted((element) => {
          this.#observer.observe(element);
        })}
      >
        ${steps.map((step) => this.#row(step, options))}
      </div>
      ${this.#scrollbar.view({
        label: `${label}: position`,
        controls: `listing-${session.side}`,
        top: this.#top - session.first,
        shown: this.#rows,
        total: session.about.steps + 1 - session.first,
        scrollTo: (top) => {
          this.scroll(top + session.first - this.#top);
        },
      })}
    </div>`;
  }

  /** Brings a position into view: into the middle where it was far away. */
  #follow(at: number, first: number, last: number): void {
    const bottom = this.#top + this.#rows - 1;
    const most = Math.max(first, last + 1 - this.#rows);
    if (at < this.#top - this.#rows || at > bottom + this.#rows) this.#top = at - (this.#rows >> 1);
    else if (at < this.#top + MARGIN) this.#top = at - MARGIN;
    else if (at > bottom - MARGIN) this.#top = at - this.#rows + 1 + MARGIN;
    this.#top = Math.max(first, Math.min(most, this.#top));
    this.#shownAt = at;
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 1 : event.deltaMode === 2 ? this.#rows : 1 / ROW_HEIGHT;
    this.#wheel += event.deltaY * unit;
    const rows = Math.trunc(this.#wheel);
    if (rows === 0) return;
    this.#wheel -= rows;
    this.scroll(rows);
  }

  #row(step: number, options: ListingOptions): TemplateResult {
    const { session, marks, noted, go, toggleMark } = options;
    const isEnd = step >= session.about.steps;
    const row = isEnd ? undefined : session.rows.at(step);
    const before = step === session.first ? undefined : session.rows.at(step - 1);
    const isHere = step === session.at;
    const isMarked = marks.includes(step);
    const note = noted?.get(step);
    return html`<div
      class=${`row${isHere ? ' here' : ''}${note === undefined ? '' : ` ${note}`}`}
      role="row"
      id=${`row-${session.side}-${String(step)}`}
      aria-rowindex=${step + 1 - session.first}
      aria-selected=${isHere ? 'true' : 'false'}
      @click=${() => {
        go(step);
      }}
    >
      <span
        class=${`gutter${isMarked ? ' marked' : ''}`}
        role="gridcell"
        title=${isMarked ? 'Bookmark: click to remove' : 'Click to set a bookmark'}
        @click=${(event: Event) => {
          event.stopPropagation();
          toggleMark(step);
        }}
        >${isMarked ? '●' : isHere ? '▶' : nothing}</span
      >
      <span class="step" role="gridcell">${counted(step)}</span>
      ${
        isEnd
          ? html`<span class="end" role="gridcell"
              >${session.about.first === undefined ? 'end of the recording' : 'end of this file'}</span
            >`
          : row === undefined
            ? html`<span class="loading" role="gridcell">…</span>`
            : cells(row, before)
      }
    </div>`;
  }
}

function cells(row: Row, before: Row | undefined): TemplateResult {
  const came = before === undefined || follows(before, row) ? '' : `after step ${counted(before.step)} ${before.symbol ?? hex(before.address)}: ${before.text}`; // prettier-ignore
  const source = sourceText(row.source);
  const isNewLine = source !== '' && source !== sourceText(before?.source);
  const place = row.symbol ?? hex(row.address);
  return html`<span class="from" role="gridcell" title=${came}>${came === '' ? nothing : '↪'}</span>
    <span
      class="place"
      role="gridcell"
      title=${visible(`${place}  ${hex(row.address)}  ${row.bytes}`)}
      >${visible(place)}</span
    >
    <span class="code" role="gridcell" title=${visible(row.text)}>${instruction(row.text)}</span>
    <span class="changes" role="gridcell" title=${visible(allChanges(row))}
      >${row.delivered.map((text) => html`<span class="delivered">⚡ ${visible(text)}</span>`)}${row.changes.map(
        ({ kind, text }) => html`<span class=${kind}>${visible(text)}</span>`,
      )}</span
    >
    <span class="source" role="gridcell" title=${visible(source)}
      >${isNewLine ? visible(source) : nothing}</span
    >`;
}

function follows(before: Row, row: Row): boolean {
  const next = wide(before.address) + BigInt(before.bytes.length / 2);
  return row.delivered.length === 0 && BigInt.asUintN(64, next) === wide(row.address);
}

function allChanges({ delivered, changes }: Row): string {
  return [...delivered, ...changes.map(({ text }) => text)].join('\n');
}

/** The mnemonic apart from its operands. */
function instruction(text: string): TemplateResult {
  const clean = visible(text);
  const space = clean.indexOf(' ');
  const [mnemonic, rest] = space < 0 ? [clean, ''] : [clean.slice(0, space), clean.slice(space)];
  const kind = /^(?:j|call|ret|iret|loop|sys|int|hlt)/.test(mnemonic)
    ? 'mnemonic jump'
    : 'mnemonic';
  return html`<b class=${kind}>${mnemonic}</b>${rest}`;
}
