/** A scrollbar over more rows than an element can be high: browsers end at some 30 million pixels. */
import { html, type TemplateResult } from 'lit-html';
import { styled } from './directives.js';

export interface ScrollbarOptions {
  readonly label: string;
  /** Id of what it scrolls. */
  readonly controls: string;
  /** Rows: the first in view, how many are, and how many there are. */
  readonly top: number;
  readonly shown: number;
  readonly total: number;
  readonly scrollTo: (top: number) => void;
}

/** Percent of the track that the thumb has at least. */
const LEAST_THUMB = 4;

export class Scrollbar {
  #grip: number | undefined;

  view(options: ScrollbarOptions): TemplateResult {
    const { label, controls, top, shown, total, scrollTo } = options;
    const range = Math.max(1, total - shown);
    const size = Math.min(100, Math.max(LEAST_THUMB, (100 * shown) / Math.max(1, total)));
    const position = (top / range) * (100 - size);
    const rowAt = (event: PointerEvent): number => {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const fraction = (event.clientY - box.top) / box.height - (this.#grip ?? 0);
      return Math.round((fraction / Math.max(0.01, 1 - size / 100)) * range);
    };
    return html`<div
      class="scrollbar"
      role="scrollbar"
      aria-label=${label}
      aria-orientation="vertical"
      aria-controls=${controls}
      aria-valuemin="0"
      aria-valuemax=${range}
      aria-valuenow=${Math.min(range, top)}
      @pointerdown=${(event: PointerEvent) => {
        const track = event.currentTarget as Element;
        const box = track.getBoundingClientRect();
        const at = (event.clientY - box.top) / box.height;
        const isThumb = at >= position / 100 && at <= (position + size) / 100;
        this.#grip = isThumb ? at - position / 100 : size / 200;
        track.setPointerCapture(event.pointerId);
        if (!isThumb) scrollTo(rowAt(event));
      }}
      @pointermove=${(event: PointerEvent) => {
        if (this.#grip !== undefined) scrollTo(rowAt(event));
      }}
      @pointerup=${() => {
        this.#grip = undefined;
      }}
      @pointercancel=${() => {
        this.#grip = undefined;
      }}
    >
      <div
        class="thumb"
        ${styled({ top: `${String(position)}%`, height: `${String(size)}%` })}
      ></div>
    </div>`;
  }
}
