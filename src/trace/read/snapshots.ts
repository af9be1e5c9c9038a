import { PAGE_BYTES } from '../../base/page.js';
import type { CpuidLeaf } from '../format/cpuid-leaf.js';
import { SNAPSHOT_COLUMNS, type SnapshotBlobs } from '../format/events.js';
import type { Connection, Query } from './connection.js';
import { damaged } from './sqlite-errors.js';
import { blob, natural, within, type Row } from './values.js';

/** A snapshot of the machine, without its memory. */
export interface Snapshot {
  /** The state that it holds. */
  readonly step: number;
  readonly blobs: SnapshotBlobs;
}

/** A page of RAM in a snapshot; `page` is gpa >> 12. */
export interface SnapshotPage {
  readonly page: number;
  readonly data: Uint8Array;
}

/** KVM_MAX_CPUID_ENTRIES (arch/x86/include/asm/kvm_host.h). */
const MAX_CPUID_LEAVES = 256;
/** Pages read at a time. */
const PAGES = 256;

/** States from which the guest can be started again. */
export class SnapshotReader {
  readonly #path: string;
  readonly #nearest: Query<Snapshot>;
  readonly #pages: Query<SnapshotPage>;
  readonly #cpuid: Query<CpuidLeaf>;
  readonly #steps: Query<number>;
  readonly #page: Query<Uint8Array>;
  readonly #pageNumbers: Query<number>;
  readonly #portInput: Query<Uint8Array>;

  constructor(connection: Connection) {
    this.#path = connection.path;
    this.#nearest = connection.query(
      'snapshot',
      `SELECT step, ${SNAPSHOT_COLUMNS.join(', ')} FROM snapshot WHERE step <= ? ORDER BY step DESC LIMIT 1`,
      decodeSnapshot,
    );
    // A page stands in the snapshots before which it changed: the newest up to the wanted one counts.
    this.#pages = connection.query(
      'snapshot_page',
      `SELECT page, data FROM snapshot_page p
       WHERE page > ? AND step = (SELECT max(step) FROM snapshot_page q WHERE q.page = p.page AND q.step <= ?)
       ORDER BY page LIMIT ${PAGES}`,
      (row) => ({ page: natural(row, 0), data: blob(row, 1, PAGE_BYTES) }),
    );
    this.#steps = connection.query(
      'snapshot',
      'SELECT step FROM snapshot WHERE step >= ? AND step <= ? ORDER BY step',
      (row) => natural(row, 0),
    );
    this.#page = connection.query(
      'snapshot_page',
      'SELECT data FROM snapshot_page WHERE page = ? AND step = ?',
      (row) => blob(row, 0, PAGE_BYTES),
    );
    this.#pageNumbers = connection.query(
      'snapshot_page',
      'SELECT page FROM snapshot_page WHERE step = ? ORDER BY page',
      (row) => natural(row, 0),
    );
    this.#portInput = connection.query('port_input', 'SELECT data FROM port_input', (row) =>
      blob(row, 0),
    );
    this.#cpuid = connection.query(
      'cpuid',
      'SELECT function, "index", flags, eax, ebx, ecx, edx FROM cpuid',
      (row) => {
        const [leaf, index, flags, eax, ebx, ecx, edx] = row.map((_, i) =>
          within(row, i, 0, 0xffff_ffff, 'a 32-bit register of CPUID'),
        );
        return {
          function: leaf!,
          index: index!,
          flags: flags!,
          eax: eax!,
          ebx: ebx!,
          ecx: ecx!,
          edx: edx!,
        };
      },
    );
  }

  /** The newest snapshot of state `step` or earlier. */
  nearest(step: number): Snapshot | undefined {
    return this.#nearest.first(step);
  }

  /** The states from `from` up to, and including, `to` that have a snapshot, in order. */
  steps(from: number, to: number): number[] {
    return this.#steps.all(from, to);
  }

  /** The page as the snapshot of state `step` itself has it: undefined if it had not changed. */
  page(page: number, step: number): Uint8Array | undefined {
    return this.#page.first(page, step);
  }

  /** Pages that the snapshot of state `step` itself has: those changed since the one before. */
  pageNumbers(step: number): number[] {
    return this.#pageNumbers.all(step);
  }

  /** Memory as the snapshot of state `step` has it: pages that are not there are zero. */
  *pages(step: number): Iterable<SnapshotPage> {
    for (let last = -1; ;) {
      const pages = this.#pages.all(last, step);
      yield* pages;
      if (pages.length < PAGES) return;
      last = pages[pages.length - 1]!.page;
    }
  }

  /** What the guest was given on COM1. */
  portInput(): Uint8Array {
    return this.#portInput.first() ?? new Uint8Array();
  }

  /** The processor that the guest saw. */
  cpuid(): CpuidLeaf[] {
    const leaves = this.#cpuid.all();
    if (leaves.length > MAX_CPUID_LEAVES) {
      throw damaged(this.#path, `cpuid has ${leaves.length} rows, more than KVM can have`);
    }
    return leaves;
  }
}

function decodeSnapshot(row: Row): Snapshot {
  const blobs = Object.fromEntries(SNAPSHOT_COLUMNS.map((column, i) => [column, blob(row, i + 1)]));
  return { step: natural(row, 0), blobs: blobs as SnapshotBlobs };
}
