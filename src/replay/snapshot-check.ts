import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import type { MemoryDelta } from '../capture/memory-delta.js';
import type { Session } from '../capture/session.js';
import type { VcpuImage } from '../machine/restore.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { Difference, Divergence } from './divergence.js';
import type { ReplayMachine } from './machine.js';

const CELL_BYTES = 8;
/**
 * Of the XSAVE header: which components are not in their initial state (SDM vol. 1, 13.4.2). The CPU
 * may or may not notice that one has come back to it, and the components are all there either way.
 */
const XSTATE_BV = 512;
/** More would say no more. */
const MAX_DIFFERENCES = 16;

/** What a replay is made of, as far as its snapshots need it. */
export interface SnapshotParts {
  readonly restored: ReplayMachine;
  readonly session: Session;
}

/**
 * Compares the snapshots that a replay comes by with the machine as it is there: what a later replay
 * will start from.
 */
export class SnapshotCheck {
  readonly #trace: TraceFile;
  readonly #restored: ReplayMachine;
  readonly #memory: MemoryDelta;
  readonly #session: Session;
  readonly #states: number[];
  readonly #hasLast: boolean;
  constructor(trace: TraceFile, { restored, session }: SnapshotParts, to: number) {
    this.#session = session;
    this.#trace = trace;
    this.#restored = restored;
    this.#memory = session.capture.memory;
    this.#states = trace.snapshots.steps(restored.snapshot.step + 1, to);
    this.#hasLast = trace.meta.get('complete') === 1n && this.#states.at(-1) === trace.stepCount;
    if (this.#hasLast) this.#states.pop();
  }

  /** The state of the next snapshot; -1 for none. */
  get next(): number {
    return this.#states[0] ?? -1;
  }

  /** Compares the machine, which has just retired the step before state `next`. */
  check(): Divergence | undefined {
    return this.#compare(this.#states.shift()!);
  }

  /**
   * Compares the machine at the end of a closed recording with its last snapshot: that was taken
   * after the deliveries that followed the last step, and after what stopped the guest.
   */
  checkLast(): Divergence | undefined {
    return this.#hasLast ? this.#compare(this.#trace.stepCount) : undefined;
  }

  #compare(state: number): Divergence | undefined {
    const differences = [...this.#vcpuDifferences(state), ...this.#memoryDifferences(state)];
    if (differences.length === 0) {
      for (const pages of this.#memory.changed) pages.fill(0);
      return undefined;
    }
    const what = `the snapshot of state ${state} is not the state that the replay reached`;
    return { at: 'state', step: state, what, differences };
  }

  #vcpuDifferences(state: number): Difference[] {
    const { hosts } = this.#restored;
    const recorded = this.#trace.snapshots.nearest(state)?.blobs;
    // Another kernel or processor lays some of this out in another way.
    if (recorded === undefined || !hosts.isSame) return [];
    const live = this.#session.takeImage();
    live.xsave.set(recorded.xsave.subarray(XSTATE_BV, XSTATE_BV + 8), XSTATE_BV);
    return (Object.keys(live) as (keyof VcpuImage)[])
      .filter((part) => Buffer.compare(live[part], recorded[part]) !== 0)
      .map((part) => ({
        kind: 'snapshot',
        recorded: describe(part, recorded[part], live[part]),
        replayed: describe(part, live[part], recorded[part]),
      }));
  }

  /** The pages that changed since the snapshot before must be there, and no others. */
  #memoryDifferences(state: number): Difference[] {
    const { snapshots } = this.#trace;
    const missing = new Set(snapshots.pageNumbers(state));
    const differences: Difference[] = [];
    for (const { page, bytes } of this.#changedPages()) {
      missing.delete(page);
      const recorded = snapshots.page(page, state);
      if (recorded === undefined) {
        const at = hex(page * PAGE_BYTES);
        differences.push({ kind: 'snapshot', recorded: undefined, replayed: `the page at ${at}` });
      } else {
        differences.push(...compareBytes(page * PAGE_BYTES, recorded, bytes));
      }
      if (differences.length >= MAX_DIFFERENCES) return differences;
    }
    for (const page of missing) {
      const at = hex(page * PAGE_BYTES);
      differences.push({ kind: 'snapshot', recorded: `the page at ${at}`, replayed: undefined });
    }
    return differences;
  }

  *#changedPages(): Iterable<{ page: number; bytes: Uint8Array }> {
    for (const [index, slot] of this.#restored.machine.slots.entries()) {
      const pages = this.#memory.changed[index]!;
      for (let page = pages.indexOf(1); page >= 0; page = pages.indexOf(1, page + 1)) {
        const start = page * PAGE_BYTES;
        const bytes = slot.bytes.subarray(start, start + PAGE_BYTES);
        yield { page: slot.gpa / PAGE_BYTES + page, bytes };
      }
    }
  }
}

/** The differing 8-byte cells of two equally long pieces of memory at `gpa`. */
export function compareBytes(
  gpa: number,
  recorded: Uint8Array,
  replayed: Uint8Array,
): Difference[] {
  if (Buffer.compare(recorded, replayed) === 0) return [];
  const differences: Difference[] = [];
  for (let at = 0; at < recorded.length; at += CELL_BYTES) {
    const a = cell(recorded, at);
    const b = cell(replayed, at);
    if (a === b) continue;
    differences.push({ kind: 'memory', gpa: gpa + at, size: CELL_BYTES, recorded: a, replayed: b });
    if (differences.length >= MAX_DIFFERENCES) break;
  }
  return differences;
}

function cell(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = CELL_BYTES - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

/** `regs: byte 12 is 41`, for the first byte that differs. */
function describe(part: string, bytes: Uint8Array, other: Uint8Array): string {
  if (bytes.length !== other.length) return `${part}: ${bytes.length} bytes`;
  const at = bytes.findIndex((byte, i) => byte !== other[i]);
  return `${part}: byte ${at} is ${hex(bytes[at]!)}`;
}
