/** The page's state, and all that one can do. Views read it; actions change it and show it again. */
import type { Source } from './ask.js';
import { Newest } from './ask.js';
import { Alignment } from './diff/alignment.js';
import type { About, DiffPoint, Found, SqlDocument, WhyNode } from './documents.js';
import {
  parsePlace,
  placeFragment,
  selectionName,
  type PlaceInTrace,
  type Selection,
  type Tab,
} from './place.js';
import { Session, type Deed, type Direction } from './session.js';
import { hex } from './text.js';
import { chooseTheme, type Theme } from './theme.js';

/** Links that a graph begins with; those left out are shown when one walks there. */
const WHY_DEPTH = 6;
const WHY_LINKS = 60;

/** What is known of the selection's writes and reads, for a state. */
export interface Deeds {
  readonly key: string;
  readonly found: ReadonlyMap<string, Found | string | undefined>;
}

export interface SqlRun {
  readonly controller: AbortController;
  readonly started: number;
}

export class App {
  readonly source: Source;
  readonly about: About;
  readonly a: Session;
  readonly b: Session | undefined;
  readonly why: Newest<'why'>;
  readonly search: Newest<'search'>;
  readonly functions: Newest<'functions'>;
  readonly functionsB: Newest<'functions'>;
  readonly schema: Newest<'schema'>;
  readonly diff: Newest<'diff'>;
  place: PlaceInTrace;
  /** Rows of 16 bytes that the memory pane is scrolled by. */
  memorySkip = 0;
  memoryRows = 12;
  searchText = '';
  deeds: Deeds | undefined;
  sqlText: string;
  sqlResult: SqlDocument | undefined;
  sqlProblem: string | undefined;
  sqlRun: SqlRun | undefined;
  /** The path of roots that one has walked the graph by. */
  whyPath: string[] = [];
  /** What is said at the bottom: of an action that found nothing, or failed. */
  notice = '';
  /** Whether two traces that are compared move together. */
  inStep = true;
  helpOpen = false;
  allRegisters = false;
  theme: Theme;
  readonly #render: () => void;
  #scheduled = false;
  #alignment = new Alignment({ start: { step_a: 0, step_b: 0 }, points: [] });

  constructor(source: Source, about: About, theme: Theme, render: () => void) {
    this.source = source;
    this.about = about;
    this.theme = theme;
    this.#render = render;
    const told = (): void => {
      this.show();
    };
    this.a = new Session(source, 'a', about.trace, told);
    this.b = about.other === null ? undefined : new Session(source, 'b', about.other, told);
    this.why = new Newest(source, 'a', 'why', told);
    this.search = new Newest(source, 'a', 'search', told);
    this.functions = new Newest(source, 'a', 'functions', told);
    this.functionsB = new Newest(source, 'b', 'functions', told);
    this.schema = new Newest(source, 'a', 'schema', told);
    this.diff = new Newest(source, 'a', 'diff', () => {
      this.#hearDiff();
    });
    this.place = parsePlace(location.hash);
    this.sqlText = this.place.sql ?? '';
    this.#follow();
  }

  /** Shows what has changed, once a frame. */
  show(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#render();
    });
  }

  /** What the URL says now: the user went back, or opened a link. */
  readUrl(): void {
    const place = parsePlace(location.hash);
    if (placeFragment(place) === placeFragment(this.place)) return;
    this.place = place;
    this.sqlText = place.sql ?? this.sqlText;
    this.#follow();
  }

  /** @param replace stepping replaces the entry of the history: going back leads over jumps */
  change(part: Partial<PlaceInTrace>, replace = false): void {
    this.place = { ...this.place, ...part };
    const fragment = placeFragment(this.place);
    writeUrl(fragment, replace);
    this.#follow();
  }

  /** The first state that there is. */
  get first(): number {
    return this.a.first;
  }

  get steps(): number {
    return this.about.trace.steps;
  }

  go(at: number, replace = false): void {
    const bounded = Math.max(this.first, Math.min(this.steps, Math.trunc(at)));
    this.notice = '';
    this.change(
      this.inStep ? { at: bounded, atB: undefined } : { at: bounded, atB: this.b?.at },
      replace,
    );
  }

  goB(at: number): void {
    if (this.b === undefined) return;
    const atB = Math.max(0, Math.min(this.b.about.steps, Math.trunc(at)));
    const a = this.inStep ? Math.min(this.steps, this.#alignment.toA(atB)) : this.a.at;
    this.change({ at: a, atB });
  }

  toggleInStep(): void {
    this.inStep = !this.inStep;
    this.change({ atB: this.inStep ? undefined : this.b?.at }, true);
  }

  /** Both sides of a step of note; of one that only one side has, the place that goes with it. */
  goToPoint({ step_a: a, step_b: b }: DiffPoint): void {
    this.notice = '';
    this.change({
      at: a ?? Math.min(this.steps, this.#alignment.toA(b ?? 0)),
      atB: b ?? undefined,
    });
  }

  goToDifference(direction: Direction): void {
    const points = this.diff.value?.points ?? [];
    const { at } = this.a;
    const step = ({ step_a: a, step_b: b }: DiffPoint): number => a ?? this.#alignment.toA(b ?? 0);
    const found =
      direction === 'forward'
        ? points.find((point) => step(point) > at)
        : points.findLast((point) => step(point) < at);
    if (found === undefined) this.say('nothing of note differs any more that way.');
    else this.goToPoint(found);
  }

  step(count: number): void {
    this.go(this.a.at + count, true);
  }

  /** Past the call that the next instruction makes, or one step. */
  async over(direction: Direction): Promise<void> {
    const at = this.a.at;
    if (direction === 'forward') {
      const { frames } = await this.source.ask('a', 'stack', { at: Math.min(this.steps, at + 1) });
      const entered = frames.find(({ first_step: first }) => first === at + 1);
      this.go(entered === undefined ? at + 1 : entered.last_step + 1);
      return;
    }
    const { frames } = await this.source.ask('a', 'stack', { at: Math.max(0, at - 1) });
    const left = frames.findLast(({ last_step: last, first_step: first }) => last === at - 1 && first > 0); // prettier-ignore
    this.go(left === undefined ? at - 1 : left.first_step - 1);
  }

  /** To where the innermost call returns to, or was made. */
  async out(direction: Direction): Promise<void> {
    const { frames } = await this.source.ask('a', 'stack', { at: this.a.at });
    const [inner] = frames;
    if (inner === undefined || inner.depth === 0) this.say('no call is under way here.');
    else this.go(direction === 'forward' ? inner.last_step + 1 : inner.first_step - 1);
  }

  select(selection: Selection | undefined): void {
    this.change({ selection }, true);
  }

  async goToDeed(deed: Deed, direction: Direction): Promise<void> {
    const { selection } = this.place;
    if (selection === undefined) {
      this.say('select a register or bytes of memory first.');
      return;
    }
    const name = selectionName(selection);
    const what = { change: 'changes', write: 'is written', read: 'is read' }[deed];
    await this.#goToFound(
      this.a.find(selection, deed, direction),
      `${name} ${what} at no ${direction === 'forward' ? 'later' : 'earlier'} step.`,
    );
  }

  async goToExecution(direction: Direction, address?: string): Promise<void> {
    const value = this.a.state.value?.address;
    const place = address ?? (value === null || value === undefined ? undefined : hex(value));
    if (place === undefined) return;
    await this.#goToFound(
      this.a.findExecution(place, direction),
      `${place} runs at no ${direction === 'forward' ? 'later' : 'earlier'} step.`,
    );
  }

  async goToInterruption(direction: Direction): Promise<void> {
    await this.#goToFound(
      this.a.findInterruption(direction),
      `there is no ${direction === 'forward' ? 'later' : 'earlier'} interrupt or exception.`,
    );
  }

  toggleMark(step = this.a.at): void {
    const marks = this.place.marks.includes(step)
      ? this.place.marks.filter((each) => each !== step)
      : [...this.place.marks, step].sort((a, b) => a - b);
    this.change({ marks }, true);
  }

  goToMark(direction: Direction): void {
    const { marks } = this.place;
    const found =
      direction === 'forward'
        ? marks.find((step) => step > this.a.at)
        : marks.findLast((step) => step < this.a.at);
    if (found === undefined) this.say('there is no bookmark that way: m sets one.');
    else this.go(found);
  }

  openTab(tab: Tab): void {
    this.change({ tab }, true);
  }

  /** The graph of where a value of a state comes from. */
  explain(what: string, at = this.a.at): void {
    this.whyPath = [];
    this.change({ tab: 'why', why: `${what}@${String(at)}` });
  }

  /** Further along the graph: a link that was left out becomes its beginning. */
  explainFurther({ name, state }: WhyNode): void {
    if (this.place.why !== undefined) this.whyPath.push(this.place.why);
    this.change({ why: `${name}@${String(state)}` });
  }

  explainBack(): void {
    const before = this.whyPath.pop();
    if (before !== undefined) this.change({ why: before });
  }

  explainSelection(): void {
    const { selection } = this.place;
    if (selection === undefined) this.say('select a register or bytes of memory first.');
    else this.explain(selectionName(selection));
  }

  find(text: string): void {
    this.searchText = text;
    if (text.trim() !== '') this.search.ask({ at: this.a.at, text });
    this.openTab('search');
  }

  async runSql(sql = this.sqlText): Promise<void> {
    this.sqlRun?.controller.abort();
    this.sqlText = sql;
    const run = { controller: new AbortController(), started: Date.now() };
    this.sqlRun = run;
    this.sqlProblem = undefined;
    this.change({ sql, tab: 'sql' }, true);
    try {
      this.sqlResult = await this.source.ask('a', 'sql', { sql }, run.controller.signal);
    } catch (error) {
      this.sqlResult = undefined;
      const stopped = run.controller.signal.aborted;
      this.sqlProblem = stopped ? 'stopped.' : (error as Error).message;
    }
    if (this.sqlRun === run) this.sqlRun = undefined;
    this.show();
  }

  say(notice: string): void {
    this.notice = notice;
    this.show();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    chooseTheme(theme);
    this.show();
  }

  async #goToFound(found: Promise<Found>, otherwise: string): Promise<void> {
    try {
      const { step } = await found;
      if (step === null) this.say(otherwise);
      else this.go(step);
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  /** The first difference is where one begins, unless the URL says where. */
  #hearDiff(): void {
    const { value } = this.diff;
    if (value !== undefined) this.#alignment = new Alignment(value);
    const first = value?.points[0];
    if (first !== undefined && !location.hash.includes('at=')) this.goToPoint(first);
    else this.#follow();
  }

  /** Asks for what the place needs. */
  #follow(): void {
    this.a.go(this.place.at);
    this.b?.go(this.place.atB ?? this.#alignment.toB(this.place.at));
    if (this.b !== undefined) this.diff.ask({});
    const { why } = this.place;
    const at = why?.lastIndexOf('@') ?? -1;
    if (why !== undefined && at > 0) {
      this.why.ask({
        at: Number(why.slice(at + 1)),
        what: why.slice(0, at),
        depth: WHY_DEPTH,
        links: WHY_LINKS,
      });
    }
    this.#askDeeds();
    this.show();
  }

  /** Who wrote the selection last, who writes it next; of memory, who reads it, too. */
  #askDeeds(): void {
    const { selection } = this.place;
    if (selection === undefined) {
      this.deeds = undefined;
      return;
    }
    const key = `${selectionName(selection)}@${String(this.a.at)}`;
    if (this.deeds?.key === key) return;
    const found = new Map<string, Found | string | undefined>();
    const deeds = { key, found };
    this.deeds = deeds;
    const wanted: (readonly [Deed, Direction])[] = [
      ['change', 'backward'],
      ['change', 'forward'],
    ];
    if (selection.kind === 'memory' && this.source.can('find-deep')) {
      wanted.push(['read', 'backward'], ['read', 'forward']);
    }
    for (const [deed, direction] of wanted) {
      const name = `${deed} ${direction}`;
      found.set(name, undefined);
      this.a
        .find(selection, deed, direction)
        .then((each) => found.set(name, each))
        .catch((error: unknown) => found.set(name, (error as Error).message))
        .finally(() => {
          if (this.deeds === deeds) this.show();
        });
    }
  }
}

function writeUrl(fragment: string, replace: boolean): void {
  if (fragment === location.hash) return;
  try {
    if (replace) history.replaceState(null, '', fragment);
    else history.pushState(null, '', fragment);
  } catch {
    // A file that is opened from disk may be refused a history of its own.
    location.hash = fragment;
  }
}
