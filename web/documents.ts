/**
 * The documents that the server answers with (src/web/questions). Integers beyond 2^53 come as decimal
 * text, smaller ones as numbers: `wide` makes a bigint of either.
 */

/** A 64-bit value. */
export type Wide = number | string;

export interface TraceAbout {
  readonly path: string;
  readonly name: string;
  readonly guest: string | null;
  /** The first state that is shown, where it is not 0: of an exported file. */
  readonly first?: number;
  /** The last state. */
  readonly steps: number;
  readonly complete: boolean;
  readonly stopped_by: string | null;
  readonly stop_detail: string | null;
  readonly indexed: boolean;
  readonly lines: readonly (readonly [name: string, words: string])[];
  readonly slots: readonly { readonly gpa: Wide; readonly size: Wide; readonly purpose: string }[];
  readonly registers: readonly { readonly name: string; readonly bits: number }[];
}

export interface About {
  readonly version: string;
  readonly comparing: boolean;
  /** Steps that an exported file has; absent where all are served. */
  readonly window?: { readonly from: number; readonly to: number };
  readonly trace: TraceAbout;
  readonly other: TraceAbout | null;
}

export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number | null;
}

export interface Row {
  readonly step: number;
  readonly rip: Wide;
  readonly address: Wide;
  readonly symbol: string | null;
  readonly source?: Source | null;
  /** Hexadecimal. */
  readonly bytes: string;
  readonly text: string;
  readonly registers: readonly {
    readonly name: string;
    readonly before: Wide | null;
    readonly after: Wide;
  }[];
  readonly memory: readonly {
    readonly gpa: number;
    readonly before: string;
    readonly after: string;
  }[];
  readonly changes: readonly {
    readonly kind: 'change' | 'faint' | 'event';
    readonly text: string;
  }[];
  readonly delivered: readonly string[];
  readonly written: readonly { readonly gpa: number; readonly length: number }[];
}

export interface Steps {
  readonly from: number;
  readonly rows: readonly Row[];
}

export interface StateDocument {
  readonly state: number;
  readonly rip: Wide | null;
  readonly address: Wide | null;
  readonly symbol: string | null;
  readonly source: Source | null;
  readonly flags: string;
  readonly registers: readonly {
    readonly name: string;
    readonly bits: number;
    readonly value: Wide;
  }[];
  readonly before: Row | null;
  readonly next: Row | null;
}

export interface MemoryPiece {
  readonly address: Wide;
  /** Hexadecimal. */
  readonly bytes: string;
  readonly gpa: number | null;
  readonly fault: string | null;
  /** Indices of bytes that the step before changed. */
  readonly changed: readonly number[];
}

export interface MemoryDocument {
  readonly at: number;
  /** Where the place is, without what was skipped. */
  readonly base: Wide;
  readonly first: Wide;
  readonly length: number;
  readonly physical: boolean;
  readonly symbol: string | null;
  readonly pieces: readonly MemoryPiece[];
}

export interface Found {
  readonly step: number | null;
  readonly row: Row | null;
}

export interface Frame {
  readonly frame: number;
  readonly address: Wide;
  readonly function: string | null;
  readonly kind: string;
  readonly depth: number;
  readonly at: Wide | null;
  readonly place: string | null;
  readonly source?: Source | null;
  readonly first_step: number;
  readonly last_step: number;
  readonly ended: string;
}

export interface StackDocument {
  readonly at: number;
  readonly frames: readonly Frame[];
}

export interface ConsoleDocument {
  readonly at: number;
  readonly cut: boolean;
  readonly pieces: readonly { readonly step: number; readonly text: string }[];
}

export interface ScreenDocument {
  readonly at: number;
  readonly screen: {
    readonly columns: number;
    /** A line a row, without blanks at its end. */
    readonly lines: readonly string[];
    readonly attributes: readonly (readonly number[])[];
  } | null;
}

export interface WhyNode {
  readonly name: string;
  readonly location: string | null;
  readonly value: Wide | null;
  readonly state: number;
  readonly origin: string;
  readonly detail: string | null;
  readonly step: number | null;
  readonly instruction: { readonly address: Wide; readonly text: string } | null;
  readonly symbol: string | null;
  readonly source?: Source | null;
  readonly copies: readonly { readonly step: number; readonly from: string }[];
  readonly complete: boolean;
  readonly repeats: number;
  readonly omitted: 'told' | 'depth' | 'links' | null;
  readonly sources: readonly WhyNode[];
}

export interface WhyDocument {
  readonly at: number;
  readonly what: string;
  readonly root: WhyNode;
}

export interface SearchDocument {
  readonly hits: readonly {
    readonly kind: string;
    readonly step: number;
    readonly title: string;
    readonly detail: string;
  }[];
}

export interface SqlDocument {
  readonly columns: readonly {
    readonly name: string;
    readonly kind: 'step' | 'address' | 'plain';
  }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly more: boolean;
}

export interface SchemaDocument {
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[];
  readonly questions: readonly {
    readonly name: string;
    readonly text: string;
    readonly sql: string;
  }[];
}

export interface FunctionsDocument {
  readonly count: number;
  readonly functions: readonly {
    readonly address: Wide;
    readonly name: string | null;
    readonly source: Source | null;
    readonly calls: number;
    readonly own_steps: number;
    readonly total_steps: number;
  }[];
}

export interface CallsDocument {
  readonly from: number;
  readonly to: number;
  /** Whether short calls are in it. */
  readonly whole: boolean;
  readonly deepest: number;
  readonly names: readonly string[];
  readonly depth: readonly number[];
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly name: readonly number[];
  readonly calls: readonly number[];
}

export interface LanesDocument {
  readonly from: number;
  readonly to: number;
  /** Steps a bin of the lanes, and of the heat map. */
  readonly width: number;
  readonly heatWidth: number;
  readonly whole: boolean;
  readonly lanes: readonly {
    readonly name: string;
    readonly bins: readonly (readonly [bin: number, count: number])[];
  }[];
  readonly heat: {
    readonly rows: readonly { readonly first: number; readonly last: number }[];
    readonly cells: readonly (readonly [row: number, bin: number, writes: number])[];
    readonly sampled: boolean;
  };
}

/** All of them by the name of the question. */
export interface Documents {
  readonly about: About;
  readonly calls: CallsDocument;
  readonly console: ConsoleDocument;
  readonly diff: DiffDocument;
  readonly find: Found;
  readonly 'find-deep': Found;
  readonly functions: FunctionsDocument;
  readonly lanes: LanesDocument;
  readonly memory: MemoryDocument;
  readonly schema: SchemaDocument;
  readonly screen: ScreenDocument;
  readonly search: SearchDocument;
  readonly sql: SqlDocument;
  readonly stack: StackDocument;
  readonly state: StateDocument;
  readonly steps: Steps;
  readonly why: WhyDocument;
}

/** A step of note on both sides, or on one. */
export interface DiffPoint {
  readonly kind: 'cause' | 'difference' | 'way' | 'branch' | 'again' | 'output';
  readonly step_a: number | null;
  readonly step_b: number | null;
  readonly title: string;
}

export interface DiffDocument {
  readonly verdict: string;
  readonly same: boolean;
  /** The states that are compared first: others than 0 where one goes on from a state of the other. */
  readonly start: { readonly step_a: number; readonly step_b: number };
  /** In order of steps. */
  readonly points: readonly DiffPoint[];
}
