/** Executions of a few functions, made by hand, for exact tests of the calls in them. */
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';

export const MAIN = 0x1000;
export const F = 0x2000;
export const G = 0x3000;
export const HANDLER = 0x4000;
export const STACK = 0x8000;

export const CALL = 'e800010000';
export const RET = 'c3';
export const JMP = 'e900010000';
export const JMP_RAX = 'ffe0';
export const NOP = '90';
export const IRETQ = '48cf';
export const POP = '58';
export const PUSH = '50';
export const MOV_RSP_RDI = '4889fc';
export const LOCAL_CALL = 'e80b000000'; // to 16 bytes on

/** `rsp` after the step. */
export function step(rip: number, bytes: string, rsp?: number): FixtureStep {
  return { rip, bytes, ...(rsp === undefined ? {} : { registers: { rsp } }) };
}

export interface Shown {
  readonly calls: string[];
  readonly trace: Trace;
}

/** Each call as `id<parent kind address first-last own ended`. */
export function derive(steps: readonly FixtureStep[], sql?: string, symbols = true): Shown {
  const names = { main: MAIN, f: F, g: G, handler: HANDLER };
  const trace = Trace.open(
    writeFixtureTrace({
      steps,
      initial: { rsp: STACK },
      symbols: symbols
        ? Object.entries(names).map(([name, address]) => ({ name, address, size: 0x100 }))
        : [],
      ...(sql === undefined ? {} : { sql }),
    }),
  );
  trace.callStack(0);
  const { rows } = trace.query('SELECT * FROM call ORDER BY id');
  const calls = [...rows].map((row) => {
    const [id, parent, kind, address, first, last, , own, ended] = row.map(String);
    const place = Number(address).toString(16);
    return `${id!}<${parent!} ${kind!} ${place} ${first!}-${last!} own ${own!} ${ended!}`;
  });
  return { calls, trace };
}

/** Makes a timer's interrupt before a step, to go back to an address. */
export const TIMER = (step: number, rip: number): string =>
  `INSERT INTO interruption VALUES (1, ${step}, 32, 'interrupt', NULL, NULL, ${rip}, 0)`;
