/** The timeline: a canvas that one zooms, pans and clicks in, drawn when something has changed. */
import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { Newest } from '../ask.js';
import type { CallsDocument } from '../documents.js';
import { counted, hex, visible } from '../text.js';
import { mounted } from '../view/directives.js';
import { layoutOf, paint, SHAPE, stepAt, type Palette, type Picture } from './paint.js';
import { readPalette } from './palette.js';
import { ViewWindow } from './view-window.js';

/** A drag of fewer pixels is a click. */
const CLICK_PIXELS = 4;
const ZOOM = 1.6;
const MOST_ROWS = 12;
/** Pictures are asked for with so much of a window beside them, so that panning shows something. */
const MARGIN = 0.5;
/** While the server still counts, the picture is asked for again. */
const AGAIN_MS = 700;

export class Timeline {
  readonly window: ViewWindow;
  readonly #app: App;
  readonly #calls: Newest<'calls'>;
  readonly #lanes: Newest<'lanes'>;
  #canvas: HTMLCanvasElement | undefined;
  #palette: Palette | undefined;
  #paletteTheme = '';
  #width = 800;
  #height = 160;
  #hover: { x: number; y: number } | undefined;
  #drag: { x: number; from: number; to: number; moved: boolean } | undefined;
  #firstDepth = 0;
  #deepest = 0;
  #laneNames: string[] = [];
  #at = -1;
  #tip: HTMLElement | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App) {
    this.#app = app;
    this.window = new ViewWindow(app.first, app.steps);
    const told = (): void => {
      this.#hear();
      app.show();
    };
    this.#calls = new Newest(app.source, 'a', 'calls', told);
    this.#lanes = new Newest(app.source, 'a', 'lanes', told);
  }

  view(): TemplateResult {
    const { at } = this.#app.a;
    return html`<section class="panel timeline" aria-label="Timeline">
      <canvas
        role="slider"
        tabindex="0"
        aria-label="Timeline: position in the trace"
        aria-valuemin=${this.#app.first}
        aria-valuemax=${this.#app.steps}
        aria-valuenow=${at}
        aria-valuetext=${`step ${String(at)} of ${String(this.#app.steps)}`}
        @wheel=${{
          handleEvent: (event: WheelEvent) => {
            this.#onWheel(event);
          },
          passive: false,
        }}
        @pointerdown=${(event: PointerEvent) => {
          this.#onDown(event);
        }}
        @pointermove=${(event: PointerEvent) => {
          this.#onMove(event);
        }}
        @pointerup=${(event: PointerEvent) => {
          this.#onUp(event);
        }}
        @pointerleave=${() => {
          this.#hover = undefined;
          this.#app.show();
        }}
        @dblclick=${(event: MouseEvent) => {
          this.#onDouble(event);
        }}
        ${mounted((element) => {
          this.#mount(element as HTMLCanvasElement);
        })}
      ></canvas>
      <div
        class="tip"
        role="tooltip"
        hidden
        ${mounted((element) => {
          this.#tip = element as HTMLElement;
        })}
      ></div>
    </section>`;
  }

  /** Asks for what is in the window, and draws what is there. */
  draw(): void {
    const canvas = this.#canvas;
    const context = canvas?.getContext('2d', { alpha: false });
    if (canvas === undefined || context === null || context === undefined) return;
    this.#follow();
    this.#ask();
    if (this.#palette === undefined || this.#paletteTheme !== this.#app.theme) {
      this.#palette = readPalette();
      this.#paletteTheme = this.#app.theme;
    }
    const scale = devicePixelRatio;
    const [width, height] = [Math.round(this.#width * scale), Math.round(this.#height * scale)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const picture = this.#picture();
    paint(context, picture, this.#palette);
    this.#showTip(picture);
    canvas.dataset['drawn'] =
      picture.calls === undefined ? 'empty' : picture.calls.whole ? 'whole' : 'coarse';
  }

  zoom(direction: 'in' | 'out'): void {
    this.window.zoom(direction === 'in' ? 1 / ZOOM : ZOOM, this.#app.a.at);
    this.#app.show();
  }

  pan(share: number): void {
    this.window.pan(share);
    this.#app.show();
  }

  showAll(): void {
    this.window.set(this.#app.first, this.#app.steps);
    this.#app.show();
  }

  /** Zooms to the innermost call at the position that is not all of the window already. */
  async showCall(): Promise<void> {
    const { frames } = await this.#app.source.ask('a', 'stack', { at: this.#app.a.at });
    const [inner] = frames;
    if (inner === undefined) return;
    this.window.set(inner.first_step, inner.last_step + 1);
    this.#app.show();
  }

  #mount(canvas: HTMLCanvasElement): void {
    this.#canvas = canvas;
    new ResizeObserver(([entry]) => {
      this.#width = entry?.contentRect.width ?? this.#width;
      this.#height = entry?.contentRect.height ?? this.#height;
      this.#app.show();
    }).observe(canvas);
  }

  /** A jump leads the window along; panning does not. */
  #follow(): void {
    const { at } = this.#app.a;
    if (at === this.#at) return;
    this.#at = at;
    this.window.follow(at);
  }

  #ask(): void {
    const { from, to } = this.window;
    const room = Math.max(100, Math.round((this.#width - SHAPE.gutter) / 50) * 50);
    const margin = (to - from) * MARGIN;
    // Whole pixels of a grid: so small moves ask nothing new.
    const grid = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, margin / 2))));
    const start = Math.max(this.#app.first, Math.floor((from - margin) / grid) * grid);
    const end = Math.min(
      Math.max(this.#app.first + 1, this.#app.steps),
      Math.ceil((to + margin) / grid) * grid,
    );
    const pixels = Math.min(16_384, Math.ceil((room * (end - start)) / (to - from)));
    if (this.#app.steps === this.#app.first) return;
    this.#calls.ask({ from: start, to: end, pixels });
    this.#lanes.ask({ from: start, to: end, pixels });
  }

  #hear(): void {
    const calls = this.#calls.value;
    const lanes = this.#lanes.value;
    if (calls !== undefined) this.#deepest = Math.max(this.#deepest, calls.deepest);
    for (const { name, bins } of lanes?.lanes ?? []) {
      if (bins.length > 0 && !this.#laneNames.includes(name)) this.#laneNames.push(name);
    }
    const isPartial = calls?.whole === false || lanes?.heat.sampled === true;
    if (!isPartial || this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      if (calls?.whole === false) this.#calls.forget();
      if (lanes?.heat.sampled === true && !lanes.whole) this.#lanes.forget();
      this.#app.show();
    }, AGAIN_MS);
  }

  #picture(): Picture {
    const { from, to } = this.window;
    const lanes = this.#lanes.value;
    const below =
      this.#laneNames.length * SHAPE.lane + (lanes?.heat.rows.length ?? 0) * SHAPE.heatRow;
    const room = Math.floor((this.#height - SHAPE.axis - below - 2 * SHAPE.gap) / SHAPE.call);
    const callRows = Math.max(2, Math.min(MOST_ROWS, this.#deepest + 1, room));
    this.#firstDepth = Math.max(0, Math.min(this.#firstDepth, this.#deepest + 1 - callRows));
    const hover = this.#hover;
    const picture = {
      ...{ width: this.#width, height: this.#height, from, to, at: this.#app.a.at, callRows },
      marks: this.#app.place.marks,
      hover: undefined as number | undefined,
      calls: this.#calls.value,
      firstDepth: this.#firstDepth,
      lanes,
      laneNames: this.#laneNames,
      note: this.#note(),
    };
    if (hover !== undefined && hover.x > SHAPE.gutter) picture.hover = stepAt(picture, hover.x);
    return picture;
  }

  #note(): string {
    if (this.#calls.problem !== undefined) return this.#calls.problem;
    if (this.#calls.value !== undefined) return '';
    return this.#app.about.trace.indexed
      ? 'reading the calls …'
      : `no index: all ${counted(this.#app.steps)} steps are gone through once (kvmtrace index keeps it) …`;
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    const picture = this.#picture();
    const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    const sideways = event.deltaMode === 1 ? event.deltaX * 20 : event.deltaX;
    if (event.altKey) this.#firstDepth = Math.max(0, this.#firstDepth + Math.sign(pixels));
    else if (event.shiftKey) this.window.pan((pixels + sideways) / this.#width);
    else if (Math.abs(sideways) > Math.abs(pixels)) this.window.pan(sideways / this.#width);
    else this.window.zoom(1.0022 ** pixels, stepAt(picture, Math.max(SHAPE.gutter, event.offsetX)));
    this.#app.show();
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#canvas?.setPointerCapture(event.pointerId);
    this.#drag = { x: event.offsetX, from: this.window.from, to: this.window.to, moved: false };
  }

  #onMove(event: PointerEvent): void {
    this.#hover = { x: event.offsetX, y: event.offsetY };
    const drag = this.#drag;
    if (drag !== undefined) {
      const by = event.offsetX - drag.x;
      drag.moved ||= Math.abs(by) >= CLICK_PIXELS;
      const steps = (by / (this.#width - SHAPE.gutter)) * (drag.to - drag.from);
      if (drag.moved) this.window.set(drag.from - steps, drag.to - steps);
    }
    this.#app.show();
  }

  #onUp(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || drag.moved || event.offsetX < SHAPE.gutter) return;
    this.#app.go(Math.floor(stepAt(this.#picture(), event.offsetX)));
  }

  #onDouble(event: MouseEvent): void {
    const picture = this.#picture();
    const found = spanAt(picture, event.offsetX, event.offsetY);
    if (found === undefined) return;
    const { calls, index } = found;
    this.window.set(calls.start[index]!, calls.end[index]!);
    this.#app.show();
  }

  #showTip(picture: Picture): void {
    const tip = this.#tip;
    const hover = this.#hover;
    if (tip === undefined) return;
    const text =
      hover === undefined || this.#drag?.moved === true ? '' : tipText(picture, hover.x, hover.y);
    tip.hidden = text === '';
    if (hover === undefined || text === '') return;
    tip.textContent = visible(text);
    const left = Math.min(hover.x + 14, Math.max(0, this.#width - tip.offsetWidth - 4));
    tip.style.transform = `translate(${String(left)}px, ${String(hover.y + 14)}px)`;
  }
}

function spanAt(
  picture: Picture,
  x: number,
  y: number,
): { calls: CallsDocument; index: number } | undefined {
  const { calls, callRows, firstDepth } = picture;
  const row = Math.floor((y - layoutOf(picture).calls) / SHAPE.call);
  if (calls === undefined || row < 0 || row >= callRows || x < SHAPE.gutter) return undefined;
  const step = stepAt(picture, x);
  const index = calls.depth.findIndex(
    (depth, i) => depth === row + firstDepth && calls.start[i]! <= step && calls.end[i]! > step,
  );
  return index < 0 ? undefined : { calls, index };
}

function tipText(picture: Picture, x: number, y: number): string {
  if (x < SHAPE.gutter) return '';
  const step = Math.floor(stepAt(picture, x));
  const found = spanAt(picture, x, y);
  if (found !== undefined) {
    const { calls, index } = found;
    const [start, end] = [calls.start[index]!, calls.end[index]!];
    const several = calls.calls[index]! > 1 ? `${counted(calls.calls[index]!)} calls, mostly ` : '';
    return `${several}${calls.names[calls.name[index]!]!}\nsteps ${counted(start)} to ${counted(end - 1)} (${counted(end - start)})`;
  }
  const { lanes, heat, bottom } = layoutOf(picture);
  const document = picture.lanes;
  if (document !== undefined && y >= lanes && y < heat) {
    const name = picture.laneNames[Math.floor((y - lanes) / SHAPE.lane)];
    const bin = Math.floor((step - document.from) / document.width);
    const count = document.lanes
      .find((each) => each.name === name)
      ?.bins.find(([each]) => each === bin)?.[1];
    return name === undefined ? '' : `${name}: ${counted(count ?? 0)} at step ${counted(step)}`;
  }
  if (document !== undefined && y >= heat && y < bottom) {
    const row = document.heat.rows[Math.floor((y - heat) / SHAPE.heatRow)];
    if (row === undefined) return '';
    const pages =
      row.first === row.last
        ? `page ${hex(row.first * 4096)}`
        : `pages ${hex(row.first * 4096)} to ${hex(row.last * 4096)}`;
    return `${pages}, step ${counted(step)}`;
  }
  return `step ${counted(step)}`;
}
