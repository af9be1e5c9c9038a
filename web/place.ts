/** What a URL says: position, selection, tab. Everything that is worth sending to somebody else. */

/** What is selected, and next and previous writes are of. */
export type Selection =
  | { readonly kind: 'register'; readonly name: string }
  | {
      readonly kind: 'memory';
      /** Hexadecimal: linear, or physical. */
      readonly address: string;
      readonly physical: boolean;
      readonly length: number;
    };

export const TABS = [
  'console',
  'why',
  'search',
  'sql',
  'functions',
  'marks',
  'screen',
  'trace',
] as const;
export type Tab = (typeof TABS)[number];

export interface PlaceInTrace {
  readonly at: number;
  /** Of the other trace, where two are compared. */
  readonly atB: number | undefined;
  readonly selection: Selection | undefined;
  /** What the memory pane shows: an address, register or symbol with an offset. */
  readonly memory: string;
  readonly physical: boolean;
  readonly tab: Tab;
  /** `WHAT@STATE` that the graph begins with. */
  readonly why: string | undefined;
  readonly sql: string | undefined;
  readonly marks: readonly number[];
}

export const BEGINNING: PlaceInTrace = {
  at: 0,
  atB: undefined,
  selection: undefined,
  memory: 'rsp',
  physical: false,
  tab: 'console',
  why: undefined,
  sql: undefined,
  marks: [],
};

const MOST_MARKS = 500;

/** A whole number, or undefined. */
function natural(text: string | null): number | undefined {
  if (text === null || !/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** What a fragment says; what it does not say, or says wrongly, is as at the beginning. */
export function parsePlace(fragment: string): PlaceInTrace {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const tab = TABS.find((each) => each === given.get('tab'));
  return {
    at: natural(given.get('at')) ?? 0,
    atB: natural(given.get('atb')),
    selection: parseSelection(given.get('sel')),
    memory: given.get('mem') ?? BEGINNING.memory,
    physical: given.get('phys') === '1',
    tab: tab ?? BEGINNING.tab,
    why: given.get('why') ?? undefined,
    sql: given.get('sql') ?? undefined,
    marks: (given.get('marks') ?? '')
      .split(',')
      .flatMap((text) => natural(text) ?? [])
      .slice(0, MOST_MARKS),
  };
}

/** The fragment of a place, without what is as at the beginning. */
export function placeFragment(place: PlaceInTrace): string {
  const out = new URLSearchParams();
  const put = (name: string, value: string, usual = ''): void => {
    if (value !== usual) out.set(name, value);
  };
  put('at', String(place.at), '0');
  put('atb', place.atB === undefined ? '' : String(place.atB));
  put('sel', place.selection === undefined ? '' : selectionName(place.selection));
  put('mem', place.memory, BEGINNING.memory);
  put('phys', place.physical ? '1' : '');
  put('tab', place.tab, BEGINNING.tab);
  put('why', place.why ?? '');
  put('sql', place.sql ?? '');
  put('marks', place.marks.join());
  return `#${out.toString()}`;
}

/** `rax`, `[0x1000]:4`, `phys:[0x1000]:1`: as `kvmtrace why` takes it. */
export function selectionName(selection: Selection): string {
  if (selection.kind === 'register') return selection.name;
  const { address, physical, length } = selection;
  return `${physical ? 'phys:' : ''}[${address}]:${String(length)}`;
}

function parseSelection(text: string | null): Selection | undefined {
  if (text === null) return undefined;
  const { physical, address, length } =
    /^(?<physical>phys:)?\[(?<address>0x[0-9a-f]{1,16})\]:(?<length>\d{1,2})$/.exec(text)?.groups ??
    {};
  if (address !== undefined) {
    const bytes = Number(length);
    if (bytes < 1 || bytes > 64) return undefined;
    return { kind: 'memory', address, physical: physical !== undefined, length: bytes };
  }
  return /^\w{1,40}$/.test(text) ? { kind: 'register', name: text } : undefined;
}
