/** One trace in view: where it is, and what is known of the machine there. */
import { Newest, type Name, type Side, type Source } from './ask.js';
import type { Found, Row, TraceAbout } from './documents.js';
import type { Selection } from './place.js';
import { Rows } from './rows.js';

/** Bytes of the memory pane. */
const ROW_BYTES = 16;

export type Direction = 'forward' | 'backward';

/** What can be done to memory, to look for. */
export type Deed = 'change' | 'write' | 'read';

export class Session {
  readonly side: Side;
  readonly source: Source;
  readonly about: TraceAbout;
  readonly rows: Rows;
  readonly state: Newest<'state'>;
  readonly memory: Newest<'memory'>;
  readonly stack: Newest<'stack'>;
  readonly console: Newest<'console'>;
  readonly screen: Newest<'screen'>;
  #at = 0;

  constructor(source: Source, side: Side, about: TraceAbout, told: () => void) {
    this.source = source;
    this.side = side;
    this.about = about;
    this.rows = new Rows(source, side, told);
    const newest = <N extends Name>(name: N): Newest<N> => new Newest(source, side, name, told);
    this.state = newest('state');
    this.memory = newest('memory');
    this.stack = newest('stack');
    this.console = newest('console');
    this.screen = newest('screen');
  }

  /** The state in view: step `at` runs next. */
  get at(): number {
    return this.#at;
  }

  /** The first state that there is. */
  get first(): number {
    return this.about.first ?? 0;
  }

  /** Goes to a state, or the nearest that there is. */
  go(at: number): void {
    this.#at = Math.max(this.first, Math.min(this.about.steps, Math.trunc(at)));
    this.state.ask({ at: this.#at });
  }

  /** What a row of the listing says of the step that comes next. */
  get row(): Row | undefined {
    return this.#at < this.about.steps ? this.rows.at(this.#at) : undefined;
  }

  askStack(): void {
    this.stack.ask({ at: this.#at });
  }

  askConsole(): void {
    this.console.ask({ at: this.#at });
  }

  askScreen(): void {
    this.screen.ask({ at: this.#at });
  }

  /** @param skip rows of 16 bytes from the place on */
  askMemory(place: string, physical: boolean, skip: number, rows: number): void {
    this.memory.ask({
      ...{ at: this.#at, place, physical },
      skip: skip * ROW_BYTES,
      length: Math.max(1, Math.min(200, rows)) * ROW_BYTES,
    });
  }

  /** The next or last step that did something to a register or memory. */
  find(selection: Selection, deed: Deed, direction: Direction): Promise<Found> {
    const where = { at: this.#at, direction };
    if (selection.kind === 'register') {
      return this.source.ask(this.side, 'find', {
        ...{ ...where, kind: 'register', name: selection.name },
      });
    }
    const { address, physical, length } = selection;
    const range = physical ? { gpa: Number(address), length } : { address, length };
    const name = deed === 'change' ? 'find' : 'find-deep';
    return this.source.ask(this.side, name, { ...where, kind: deed, ...range });
  }

  /** The next or last execution of the instruction that comes next, or of an address. */
  findExecution(address: string, direction: Direction): Promise<Found> {
    return this.source.ask(this.side, 'find-deep', {
      ...{ at: this.#at, direction, kind: 'execute', address },
    });
  }

  findInterruption(direction: Direction): Promise<Found> {
    return this.source.ask(this.side, 'find-deep', {
      ...{ at: this.#at, direction, kind: 'interruption' },
    });
  }
}
