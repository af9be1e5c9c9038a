/** The accesses of a stretch of steps, for traces without an index. */
import {
  parseNumbers,
  type AccessRun,
  type RunKey,
  type RunSource,
  type UnitFilter,
  type UnitRange,
} from '../trace/read/access-runs.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { AccessRunRow } from '../trace/write/derived-writer.js';
import type { DecodedCode } from './code.js';
import { derive } from './derive.js';
import { explainDeriveError } from './explain.js';

const NOTHING = (): void => undefined;

/** Like the table access_run, of some steps alone, in memory. */
export class AccessWindow implements RunSource {
  readonly #rows: AccessRunRow[] = [];
  /** In order of step. */
  readonly #byUnit = new Map<number, AccessRunRow[]>();

  /** @param codes what has been decoded of the trace already, by number; added to */
  constructor(file: TraceFile, from: number, to: number, codes: DecodedCode[]) {
    const sink = {
      call: NOTHING,
      functionSteps: NOTHING,
      instructionSteps: NOTHING,
      executionMark: NOTHING,
      efiCall: NOTHING,
      accessRun: (row: AccessRunRow) => {
        this.#add(row);
      },
    };
    explainDeriveError(file.path, () => {
      derive(file, { parts: ['accesses'], sink, from, to, codes });
    });
  }

  /** All of it, unpacked. */
  get rows(): { unit: number; firstStep: number; numbers: readonly number[] }[] {
    return this.#rows.map(({ unit, firstStep, accesses }) => ({
      ...{ unit, firstStep },
      numbers: parseNumbers(accesses),
    }));
  }

  newest({ unit, read, write, reach }: UnitFilter, before: number): AccessRun | undefined {
    return this.#byUnit
      .get(unit)
      ?.findLast((row) => row.firstStep < before && (uses(row, read, write) || row.reach > reach));
  }

  newestFirst({ first, last, read, write }: UnitRange, before: number, after: number): RunKey[] {
    return this.#rows
      .map((row, id) => ({ ...row, id }))
      .filter(({ unit }) => unit >= first && unit <= last)
      .filter((row) => row.firstStep < before && row.lastStep > after && uses(row, read, write))
      .sort((a, b) => b.lastStep - a.lastStep);
  }

  run({ id }: RunKey): AccessRun | undefined {
    return this.#rows[id];
  }

  unpack({ accesses }: AccessRun): readonly number[] {
    return parseNumbers(accesses);
  }

  #add(row: AccessRunRow): void {
    this.#rows.push(row);
    const rows = this.#byUnit.get(row.unit);
    if (rows === undefined) this.#byUnit.set(row.unit, [row]);
    else rows.push(row);
  }
}

function uses({ readBytes, writeBytes }: AccessRunRow, read: bigint, write: bigint): boolean {
  return ((readBytes & read) | (writeBytes & write)) !== 0n;
}
