/** Answers from an exported file (src/export/html.ts): a window of steps, with all that happens in it. */
import { Problem, type Name, type Side, type Source } from './ask.js';
import type {
  CallsDocument,
  ConsoleDocument,
  Documents,
  Found,
  Frame,
  LanesDocument,
  MemoryDocument,
  Row,
  SearchDocument,
  StateDocument,
  TraceAbout,
  Wide,
} from './documents.js';
import { hex, wide } from './text.js';
import { WindowMemory, type PageMapping, type WindowPage } from './window-memory.js';

/** A row of the file: what it read, too. */
export interface WindowRow extends Row {
  readonly read: readonly { readonly gpa: number; readonly length: number }[];
}

interface WindowCall {
  readonly address: Wide;
  readonly name: string | null;
  readonly kind: string;
  readonly depth: number;
  readonly first_step: number;
  readonly last_step: number;
  readonly ended: string;
}

/** The document in the file. */
export interface WindowDocument {
  readonly version: string;
  readonly about: TraceAbout;
  readonly from: number;
  readonly to: number;
  readonly end: { readonly rip: Wide | null; readonly address: Wide | null };
  readonly registers: StateDocument['registers'];
  readonly rows: readonly WindowRow[];
  readonly calls: readonly WindowCall[];
  readonly console: { readonly cut: boolean; readonly pieces: ConsoleDocument['pieces'] };
  readonly mapping: readonly PageMapping[];
  readonly pages: readonly WindowPage[];
}

type Arguments = Readonly<Record<string, unknown>>;

const MOST_HITS = 100;
const HEAT_BINS = 384;

/** Where the file has a window of steps, that; undefined in the page that a server serves. */
export async function embeddedWindow(): Promise<WindowDocument | undefined> {
  const text = document.getElementById('window')?.textContent;
  if (text === undefined || text === '') return undefined;
  const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(plain).json()) as WindowDocument;
}

export class WindowSource implements Source {
  readonly #window: WindowDocument;
  readonly #memory: WindowMemory;
  readonly #answers: ReadonlyMap<string, (args: Arguments) => unknown>;

  constructor(window: WindowDocument) {
    this.#window = window;
    this.#memory = new WindowMemory(window.pages, window.mapping);
    this.#answers = new Map<string, (args: Arguments) => unknown>([
      ['about', () => this.#about()],
      ['calls', (args) => this.#calls(args)],
      ['console', (args) => this.#console(this.#at(args))],
      ['find', (args) => this.#find(args)],
      ['find-deep', (args) => this.#find(args)],
      ['lanes', (args) => this.#lanes(args)],
      ['memory', (args) => this.#readMemory(args)],
      ['search', (args) => this.#search(args)],
      ['stack', (args) => this.#stack(this.#at(args))],
      ['state', (args) => this.#state(this.#at(args))],
      ['steps', (args) => this.#steps(args)],
    ]);
  }

  can(name: Name): boolean {
    return this.#answers.has(name);
  }

  async ask<N extends Name>(_: Side, name: N, args: object): Promise<Documents[N]> {
    // As late as a server's: views are drawn before they are told.
    await Promise.resolve();
    const answer = this.#answers.get(name);
    if (answer === undefined) throw new Problem('this file has a window of steps: kvmtrace ui knows the rest.'); // prettier-ignore
    return answer(args as Arguments) as Documents[N];
  }

  #at({ at }: Arguments): number {
    return Math.max(this.#window.from, Math.min(this.#window.to, Number(at)));
  }

  #row(step: number): WindowRow | undefined {
    return this.#window.rows[step - this.#window.from];
  }

  #about(): Documents['about'] {
    const { version, about, from, to } = this.#window;
    const trace = { ...about, first: from, steps: to, indexed: true };
    return { version, comparing: false, window: { from, to }, trace, other: null };
  }

  #steps({ from, count }: Arguments): Documents['steps'] {
    const rows = Array.from({ length: Number(count) }, (_, i) => this.#row(Number(from) + i));
    // Steps before the window are asked for as parts of blocks: they are not there.
    const first = rows.findIndex((row) => row !== undefined);
    const found = rows.filter((row) => row !== undefined);
    return { from: first < 0 ? Number(from) : Number(from) + first, rows: found };
  }

  /** The registers at the beginning, with what the steps since then changed. */
  #registers(at: number): Map<string, Wide> {
    const values = new Map(this.#window.registers.map(({ name, value }) => [name, value]));
    for (let step = this.#window.from; step < at; step++) {
      for (const { name, after } of this.#row(step)?.registers ?? []) values.set(name, after);
    }
    return values;
  }

  #state(at: number): StateDocument {
    const values = this.#registers(at);
    const next = this.#row(at) ?? null;
    const { registers, end } = this.#window;
    return {
      state: at,
      rip: next?.rip ?? end.rip,
      address: next?.address ?? end.address,
      symbol: next?.symbol ?? null,
      source: next?.source ?? null,
      flags: flagNames(wide(values.get('rflags') ?? 0)),
      registers: registers.map(({ name, bits }) => ({ name, bits, value: values.get(name) ?? 0 })),
      before: this.#row(at - 1) ?? null,
      next,
    };
  }

  #readMemory(args: Arguments): MemoryDocument {
    const at = this.#at(args);
    const { place, physical, skip, length } = args;
    const base = this.#address(String(place), at);
    const first = base + BigInt(Number(skip ?? 0));
    const before = this.#row(at - 1)?.written ?? [];
    this.#memory.moveTo(at, this.#window.from, (step) => this.#row(step)?.memory ?? []);
    return {
      ...{ at, base: base.toString(), first: first.toString(), length: Number(length) },
      physical: physical === true,
      symbol: null,
      pieces: this.#memory.pieces(first, Number(length), physical === true, before),
    };
  }

  /** A number or register, with an offset. */
  #address(text: string, at: number): bigint {
    const { name, sign, offset } = /^(?<name>\w+?)(?:(?<sign>[+-])(?<offset>0x[0-9a-f]+|\d+))?$/i.exec(text)?.groups ?? {}; // prettier-ignore
    const { address } = this.#window.calls.find((call) => call.name === name) ?? {};
    const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(name ?? '')
      ? name
      : name === 'rip'
        ? this.#state(at).rip
        : (this.#registers(at).get(name ?? '') ?? address);
    if (value === undefined || value === null) {
      throw new Problem(`${text} is no address or register of this file: give one such as rsp+8 or 0x1000.`); // prettier-ignore
    }
    const by = BigInt(offset ?? 0);
    return BigInt.asUintN(64, sign === '-' ? BigInt(value) - by : BigInt(value) + by);
  }

  #find(args: Arguments): Found {
    const does = this.#condition(args);
    const at = this.#at(args);
    const forward = args['direction'] === 'forward';
    const { from, to } = this.#window;
    for (
      let step = forward ? at + 1 : at - 1;
      step >= from && step < to;
      step += forward ? 1 : -1
    ) {
      const row = this.#row(step);
      if (row !== undefined && does(row)) return { step, row };
    }
    return { step: null, row: null };
  }

  #condition(args: Arguments): (row: WindowRow) => boolean {
    const { kind, name, address } = args;
    if (kind === 'register') return ({ registers }) => registers.some((each) => each.name === name);
    if (kind === 'execute') return (row) => wide(row.address) === BigInt(String(address));
    if (kind === 'interruption') return ({ delivered }) => delivered.length > 0;
    const length = Number(args['length']);
    const gpa = args['gpa'] === undefined ? this.#memory.translate(BigInt(String(address))) : Number(args['gpa']); // prettier-ignore
    if (gpa === undefined) throw new Problem(`${String(address)} is not in this file.`);
    const touches = (each: { readonly gpa: number; readonly length: number }): boolean =>
      each.gpa < gpa + length && each.gpa + each.length > gpa;
    return kind === 'read'
      ? ({ read }) => read.some(touches)
      : ({ written }) => written.some(touches);
  }

  #stack(at: number): Documents['stack'] {
    const step = Math.min(at, this.#window.to - 1);
    const around = this.#window.calls
      .filter(({ first_step: first, last_step: last }) => first <= step && last >= step)
      .sort((a, b) => b.depth - a.depth);
    const frames = around.map((call, frame): Frame => {
      const { name, address, kind, depth, first_step, last_step, ended } = call;
      return { frame, address, function: name, kind, depth, at: null, place: name, first_step, last_step, ended }; // prettier-ignore
    });
    return { at, frames };
  }

  #console(at: number): ConsoleDocument {
    const { cut, pieces } = this.#window.console;
    return { at, cut, pieces: pieces.filter(({ step }) => step < at) };
  }

  #calls({ from, to, pixels }: Arguments): CallsDocument {
    const [start, end] = [Number(from), Number(to)];
    const least = (end - start) / Number(pixels) / 2;
    const shown = this.#window.calls.filter(
      ({ first_step: first, last_step: last }) =>
        first < end && last >= start && last + 1 - first >= least,
    );
    const names = [...new Set(shown.map(nameOf))];
    return {
      ...{ from: start, to: end, whole: true, names },
      deepest: Math.max(0, ...this.#window.calls.map(({ depth }) => depth)),
      depth: shown.map(({ depth }) => depth),
      start: shown.map(({ first_step: first }) => first),
      end: shown.map(({ last_step: last }) => last + 1),
      name: shown.map((call) => names.indexOf(nameOf(call))),
      calls: shown.map(() => 1),
    };
  }

  #lanes({ from, to, pixels }: Arguments): LanesDocument {
    const [start, end] = [Number(from), Number(to)];
    const width = Math.max(1, Math.ceil((end - start) / Number(pixels)));
    const heatWidth = Math.max(1, Math.ceil((end - start) / HEAT_BINS));
    const rows = this.#window.rows.filter(({ step }) => step >= start && step < end);
    const output = new Set(this.#window.console.pieces.map(({ step }) => step));
    const is: Record<string, (row: WindowRow) => boolean> = {
      console: ({ step }) => output.has(step),
      ports: ({ step, changes }) => !output.has(step) && changes.some(({ kind, text }) => kind === 'event' && /^(?:in|out)s? /.test(text)), // prettier-ignore
      mmio: ({ changes }) => changes.some(({ text }) => text.startsWith('mmio ')),
      interruptions: ({ delivered }) => delivered.length > 0,
      inputs: ({ changes }) => changes.some(({ text }) => text.startsWith('input ')),
    };
    const lanes = Object.entries(is).map(([name, passes]) => {
      const bins = new Map<number, number>();
      for (const row of rows.filter(passes)) {
        const bin = Math.floor((row.step - start) / width);
        bins.set(bin, (bins.get(bin) ?? 0) + 1);
      }
      return { name, bins: [...bins] };
    });
    const pages = [...new Set(rows.flatMap(({ written }) => written.map(({ gpa }) => gpa >> 12)))].sort((a, b) => a - b).slice(0, 24); // prettier-ignore
    const cells = new Map<string, [number, number, number]>();
    for (const { step, written } of rows) {
      for (const { gpa } of written) {
        const row = pages.indexOf(gpa >> 12);
        const bin = Math.floor((step - start) / heatWidth);
        const cell = cells.get(`${String(row)} ${String(bin)}`) ?? [row, bin, 0];
        cell[2]++;
        if (row >= 0) cells.set(`${String(row)} ${String(bin)}`, cell);
      }
    }
    const heat = { rows: pages.map((page) => ({ first: page, last: page })), cells: [...cells.values()], sampled: false }; // prettier-ignore
    return { from: start, to: end, width, heatWidth, whole: true, lanes, heat };
  }

  #search(args: Arguments): SearchDocument {
    const text = String(args['text']).toLowerCase();
    const { from, to, rows } = this.#window;
    const hits: SearchDocument['hits'][number][] = [];
    const step = Number(text);
    if (/^\d+$/.test(text) && step >= from && step <= to) {
      hits.push({ kind: 'position', step, title: `step ${text}`, detail: '' });
    }
    const seen = new Set<string>();
    for (const row of rows) {
      const place = row.symbol ?? hex(row.address);
      const title = `${row.text} ${place}`;
      if (seen.has(title) || !title.toLowerCase().includes(text)) continue;
      seen.add(title);
      hits.push({ kind: 'code', step: row.step, title: row.text, detail: place });
      if (hits.length === MOST_HITS) break;
    }
    return { hits };
  }
}

function nameOf({ name, address }: WindowCall): string {
  return name ?? hex(address);
}

/** The flags that one mostly looks for (SDM vol. 1, 3.4.3). */
const FLAGS = [[0n, 'CF'], [2n, 'PF'], [4n, 'AF'], [6n, 'ZF'], [7n, 'SF'], [8n, 'TF'], [9n, 'IF'], [10n, 'DF'], [11n, 'OF']] as const; // prettier-ignore

function flagNames(rflags: bigint): string {
  return FLAGS.filter(([bit]) => ((rflags >> bit) & 1n) === 1n).map(([, name]) => name).join(' '); // prettier-ignore
}
