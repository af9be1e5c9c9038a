/** SQL functions that look into states: registers and memory at any step, in a query. */
import type { SqlFunction } from '../trace/read/sql/sql-functions.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { SqlValue } from '../trace/read/values.js';
import { PhysicalMemory } from './physical-memory.js';
import { State } from './state.js';

/** Longer pieces are better read through the API. */
const MAX_BYTES = 1n << 20n;
const MAX_GPA = 1n << 52n;

/** Whether SQL may call one of them: they need a connection of their own. */
export function callsStateFunctions(sql: string): boolean {
  return /\b(?:reg|mem|phys|gpa)\s*\(/i.test(sql);
}

/**
 * `reg(name, state)`, `mem(address, length, state)`, `phys(gpa, length, state)` and
 * `gpa(address, state)`; each NULL for what is not there.
 *
 * @param file read while another connection runs the query: one runs a statement at a time
 */
export function stateFunctions(file: TraceFile): SqlFunction[] {
  const memory = new PhysicalMemory(file);
  let latest: State | undefined;
  /** The state of this number; mostly asked for several times in a row. */
  const at = (state: SqlValue | undefined): State | undefined => {
    if (typeof state !== 'bigint' || state < 0n || state > BigInt(file.stepCount)) return undefined;
    if (latest?.step !== Number(state)) latest = new State(file, memory, Number(state));
    return latest;
  };
  const lengthOf = (length: SqlValue | undefined): number | undefined =>
    typeof length === 'bigint' && length > 0n && length <= MAX_BYTES ? Number(length) : undefined;
  return [
    {
      name: 'reg',
      run: (name, state) => {
        const value = typeof name === 'string' ? at(state)?.register(name) : undefined;
        return value === undefined ? null : BigInt.asIntN(64, value);
      },
    },
    {
      name: 'mem',
      run: (address, length, state) => {
        const bytes = lengthOf(length);
        if (typeof address !== 'bigint' || bytes === undefined) return null;
        const read = at(state)?.readVirtual(address, bytes);
        return read === undefined || read.fault !== undefined ? null : Buffer.from(read.bytes);
      },
    },
    {
      name: 'phys',
      run: (gpa, length, state) => {
        const bytes = lengthOf(length);
        if (typeof gpa !== 'bigint' || gpa < 0n || gpa >= MAX_GPA || bytes === undefined)
          return null;
        const read = at(state)?.readPhysical(Number(gpa), bytes);
        return read === undefined || read.fault !== undefined ? null : Buffer.from(read.bytes);
      },
    },
    {
      name: 'gpa',
      run: (address, state) => {
        const found = typeof address === 'bigint' ? at(state)?.translate(address) : undefined;
        return found?.kind === 'mapped' ? BigInt(found.gpa) : null;
      },
    },
  ];
}
