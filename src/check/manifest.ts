/** What a case of a suite is: a guest, how to record it, and what may differ. */
import type { GateOptions } from '../diff/gate.js';
import type { IgnoreRules } from '../diff/ignore.js';

/**
 * `exact`: every step is the same. `output`: what the guest writes to ports and MMIO is the same.
 * `none`: limits and assertions alone count.
 */
export const COMPARISONS = ['exact', 'output', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A case of a suite, as its manifest says, with every default filled in. */
export interface Manifest {
  readonly path: string;
  /** Path from the suite without the extension: `boot/timer`. */
  readonly name: string;
  readonly description: string | undefined;
  /** The directory that the manifest's paths start from. */
  readonly directory: string;
  /** As in the manifest. */
  readonly guest: string;
  /** Options of `kvmtrace record` by their names, values as on its command line. */
  readonly options: ReadonlyMap<string, string>;
  /** What the guest reads from COM1. */
  readonly input: Uint8Array | undefined;
  /** Path of the golden trace. */
  readonly golden: string;
  readonly compare: Comparison;
  readonly rules: IgnoreRules;
  readonly gates: GateOptions;
  /** SQL: every row that it returns is a failure, told by its first column. */
  readonly assertions: readonly string[];
  /** Seconds that recording may take, and so may comparing. */
  readonly timeoutSeconds: number;
}
