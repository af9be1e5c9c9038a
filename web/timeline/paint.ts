/** Draws the timeline on a canvas: what is given, and nothing else. Units are CSS pixels. */
import type { CallsDocument, LanesDocument } from '../documents.js';
import { counted } from '../text.js';

/** Widths and heights of the picture. */
export const SHAPE = {
  gutter: 74,
  axis: 18,
  call: 14,
  lane: 11,
  heatRow: 3,
  gap: 5,
} as const;
const FONT = '10.5px ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
/** Of the font: enough to know what fits. */
const CHARACTER = 6.35;

/** Colours by the names of the page's variables. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly accent: string;
  readonly mark: string;
  readonly heat: string;
  readonly spanText: string;
  /** Of functions, which are numbered. */
  readonly spans: readonly string[];
  /** Of lanes by name. */
  readonly lanes: Readonly<Record<string, string>>;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly marks: readonly number[];
  readonly hover: number | undefined;
  readonly calls: CallsDocument | undefined;
  /** Rows of calls that have room. */
  readonly callRows: number;
  /** Depth that the first row shows. */
  readonly firstDepth: number;
  readonly lanes: LanesDocument | undefined;
  /** Names of the lanes that are shown. */
  readonly laneNames: readonly string[];
  readonly note: string;
}

/** Where the parts begin, from the top. */
export function layoutOf({ callRows, laneNames, lanes }: Picture): {
  calls: number;
  lanes: number;
  heat: number;
  bottom: number;
} {
  const calls = SHAPE.axis;
  const lane = calls + callRows * SHAPE.call + SHAPE.gap;
  const heat = lane + laneNames.length * SHAPE.lane + (laneNames.length > 0 ? SHAPE.gap : 0);
  const rows = lanes?.heat.rows.length ?? 0;
  return { calls, lanes: lane, heat, bottom: heat + rows * SHAPE.heatRow };
}

/** The x of a state. */
export function xOf({ from, to, width }: Picture, step: number): number {
  return SHAPE.gutter + ((step - from) / (to - from)) * (width - SHAPE.gutter);
}

/** The state at an x, with its fraction. */
export function stepAt({ from, to, width }: Picture, x: number): number {
  return from + ((x - SHAPE.gutter) / (width - SHAPE.gutter)) * (to - from);
}

export function paint(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { width, height } = picture;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = 'middle';
  context.save();
  context.beginPath();
  context.rect(SHAPE.gutter, 0, width - SHAPE.gutter, height);
  context.clip();
  paintAxis(context, picture, palette);
  if (picture.calls !== undefined) paintCalls(context, picture, picture.calls, palette);
  if (picture.lanes !== undefined) {
    paintLanes(context, picture, picture.lanes, palette);
    paintHeat(context, picture, picture.lanes, palette);
  }
  paintPosition(context, picture, palette);
  context.restore();
  paintLabels(context, picture, palette);
}

/** Distances between ticks: 1, 2 or 5 times a power of ten. */
function tickDistance(steps: number, room: number): number {
  const least = (steps / room) * 110;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return Math.max(
    1,
    [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? power,
  );
}

function paintAxis(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { from, to, width, height } = picture;
  const distance = tickDistance(to - from, width - SHAPE.gutter);
  for (let step = Math.ceil(from / distance) * distance; step <= to; step += distance) {
    const x = Math.round(xOf(picture, step)) + 0.5;
    context.fillStyle = palette.line;
    context.fillRect(x - 0.5, SHAPE.axis - 4, 1, height);
    context.fillStyle = palette.faint;
    context.fillText(counted(step), x + 3, SHAPE.axis / 2);
  }
}

function paintCalls(
  context: CanvasRenderingContext2D,
  picture: Picture,
  { depth, start, end, name, names, calls }: CallsDocument,
  palette: Palette,
): void {
  const { width, callRows, firstDepth } = picture;
  const top = layoutOf(picture).calls;
  for (let i = 0; i < depth.length; i++) {
    const row = depth[i]! - firstDepth;
    if (row < 0 || row >= callRows) continue;
    const left = Math.max(SHAPE.gutter - 1, xOf(picture, start[i]!));
    const right = Math.min(width + 1, xOf(picture, end[i]!));
    if (right < SHAPE.gutter || left > width) continue;
    const room = right - left;
    const y = top + row * SHAPE.call;
    const id = name[i]!;
    context.fillStyle = palette.spans[hash(names[id]!) % palette.spans.length]!;
    context.fillRect(left, y, Math.max(0.6, room - (room > 3 ? 0.7 : 0)), SHAPE.call - 1);
    const letters = Math.floor((room - 6) / CHARACTER);
    if (letters < 3) continue;
    const several = calls[i]! > 1 ? ` ×${counted(calls[i]!)}` : '';
    const text = names[id]! + several;
    context.fillStyle = palette.spanText;
    context.fillText(
      text.length <= letters ? text : `${text.slice(0, letters - 1)}…`,
      left + 3,
      y + SHAPE.call / 2,
    );
  }
}

const hashes = new Map<string, number>();

/** The same function has the same colour in every picture (FNV-1a). */
function hash(name: string): number {
  let value = hashes.get(name);
  if (value !== undefined) return value;
  value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  value = (value ^ (value >>> 15)) >>> 0;
  hashes.set(name, value);
  return value;
}

function paintLanes(
  context: CanvasRenderingContext2D,
  picture: Picture,
  { from, width: binSteps, lanes }: LanesDocument,
  palette: Palette,
): void {
  const top = layoutOf(picture).lanes;
  for (const [row, laneName] of picture.laneNames.entries()) {
    const y = top + row * SHAPE.lane;
    context.fillStyle = palette.line;
    context.fillRect(SHAPE.gutter, y + SHAPE.lane - 1, picture.width, 1);
    const bins = lanes.find(({ name }) => name === laneName)?.bins ?? [];
    const most = bins.reduce((max, [, count]) => Math.max(max, count), 1);
    context.fillStyle = palette.lanes[laneName] ?? palette.accent;
    for (const [bin, count] of bins) {
      const x = xOf(picture, from + bin * binSteps);
      const end = xOf(picture, from + (bin + 1) * binSteps);
      const tall = (SHAPE.lane - 2) * (0.35 + 0.65 * (Math.log1p(count) / Math.log1p(most)));
      context.fillRect(x, y + SHAPE.lane - 1 - tall, Math.max(1.2, Math.min(end - x, 6)), tall);
    }
  }
}

function paintHeat(
  context: CanvasRenderingContext2D,
  picture: Picture,
  { from, heatWidth, heat }: LanesDocument,
  palette: Palette,
): void {
  const top = layoutOf(picture).heat;
  const most = heat.cells.reduce((max, [, , writes]) => Math.max(max, writes), 1);
  context.fillStyle = palette.heat;
  for (const [row, bin, writes] of heat.cells) {
    const x = xOf(picture, from + bin * heatWidth);
    const end = xOf(picture, from + (bin + 1) * heatWidth);
    if (end < SHAPE.gutter || x > picture.width) continue;
    context.globalAlpha = 0.18 + 0.82 * (Math.log1p(writes) / Math.log1p(most));
    context.fillRect(x, top + row * SHAPE.heatRow, Math.max(1, end - x), SHAPE.heatRow - 0.5);
  }
  context.globalAlpha = 1;
}

function paintPosition(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
): void {
  const line = (step: number, color: string, width: number): void => {
    context.fillStyle = color;
    context.fillRect(xOf(picture, step) - width / 2, 0, width, picture.height);
  };
  for (const mark of picture.marks) line(mark, palette.mark, 1.5);
  if (picture.hover !== undefined) line(picture.hover, palette.faint, 0.7);
  line(picture.at, palette.accent, 1.6);
  const x = xOf(picture, picture.at);
  context.beginPath();
  context.moveTo(x - 5, 0);
  context.lineTo(x + 5, 0);
  context.lineTo(x, 7);
  context.fill();
}

function paintLabels(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { calls, lanes, heat } = layoutOf(picture);
  context.fillStyle = palette.faint;
  const label = (text: string, y: number): void => {
    context.fillText(text, 6, y);
  };
  label('calls', calls + SHAPE.call / 2);
  if (picture.firstDepth > 0) label(`↑ ${String(picture.firstDepth)}`, calls + 1.5 * SHAPE.call);
  for (const [row, name] of picture.laneNames.entries()) {
    label(LANE_LABELS[name] ?? name, lanes + (row + 0.5) * SHAPE.lane);
  }
  if ((picture.lanes?.heat.rows.length ?? 0) > 0) {
    label(picture.lanes?.heat.sampled === true ? 'pages ~' : 'pages', heat + 6);
  }
  if (picture.note !== '') {
    context.fillStyle = palette.text;
    context.fillText(picture.note, SHAPE.gutter + 8, calls + SHAPE.call);
  }
}

const LANE_LABELS: Readonly<Record<string, string>> = {
  console: 'console',
  ports: 'port I/O',
  mmio: 'MMIO',
  interruptions: 'interrupts',
  inputs: 'inputs',
};
