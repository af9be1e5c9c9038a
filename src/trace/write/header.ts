import type { CpuidLeaf } from '../format/cpuid-leaf.js';
import type { SourceLineRow } from './source-lines.js';

/** What is known of a recording before its first step; plain data, passed to the writer thread. */
export interface TraceHeader {
  readonly path: string;
  readonly meta: Readonly<Record<string, string | number | bigint>>;
  readonly slots: readonly {
    readonly slot: number;
    readonly gpa: number;
    readonly size: number;
    readonly readonly: boolean;
    readonly purpose: string;
  }[];
  readonly symbols: readonly {
    readonly address: bigint;
    readonly size: number;
    readonly kind: string;
    readonly name: string;
  }[];
  /** Which source lines code comes from; a trace of a guest that does not say is without the tables. */
  readonly sourceLines?: readonly SourceLineRow[] | undefined;
  readonly registers: readonly {
    readonly id: number;
    readonly name: string;
    readonly bits: number;
  }[];
  /** What the guest is given on COM1; undefined for nothing. */
  readonly portInput?: Uint8Array | undefined;
  readonly cpuid: readonly CpuidLeaf[];
}
