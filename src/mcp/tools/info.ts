import { formatSymbol } from '../../trace/read/symbols.js';
import type { Trace } from '../../query/trace.js';
import { hex } from '../../base/number-text.js';
import type { Answer } from '../answer.js';
import { defineTool } from '../tool.js';

/** Of what the guest printed. */
const CONSOLE_CHARACTERS = 600;
/** Port writes that are looked at for it. */
const CONSOLE_WRITES = 2000;
const SHOWN_FUNCTIONS = 15;
/** Beyond this, which functions took how long is not worked out unasked. */
const LONG_STEPS = 5_000_000;

/** What the trace is: where to begin. */
export const info = defineTool({
  name: 'info',
  title: 'What the trace is',
  description:
    'Start here. Tells which guest was recorded, how many steps (executed instructions) the trace has, why the recording ended, the end of what the guest printed, the functions that took most steps, interrupts and faults.',
  input: {},
  run(_, trace) {
    const about = trace.info();
    const end = trace.state(trace.stepCount);
    const { symbol } = end;
    const rows = (name: string): number => about.rows.get(name) ?? 0;
    const text = (key: string): string | undefined => {
      const value = about.meta.get(key);
      return typeof value === 'string' ? value : undefined;
    };
    return {
      trace: about.path,
      guest: text('guest'),
      mode: text('mode'),
      steps: about.stepCount,
      complete: about.complete,
      stopped_by: about.stopReason,
      stop_detail: about.stopDetail,
      last_state: {
        state: trace.stepCount,
        rip: end.rip,
        place: symbol === undefined ? undefined : formatSymbol(symbol),
      },
      memory: about.slots.map(
        ({ gpa, size, purpose }) => `${hex(gpa)}-${hex(gpa + size - 1)} ${purpose}`,
      ),
      symbols: rows('symbol'),
      interruptions: interruptions(trace),
      port_accesses: rows('port_io'),
      mmio_accesses: rows('mmio'),
      console_tail: consoleTail(trace),
      top_functions: topFunctions(trace),
      next: 'Steps are 0 to steps-1; state n is the machine just before step n. Use why for the origin of a wrong value, find_write for who wrote memory or a register, where for the call stack.',
    };
  },
});

function interruptions(trace: Trace): Answer {
  const sql = 'SELECT kind, vector, count(*), min(step) FROM interruption GROUP BY kind, vector';
  return Array.from(trace.query(`${sql} ORDER BY count(*) DESC LIMIT 16`).rows, (row) => {
    const [kind, vector, times, first] = row;
    return {
      kind: String(kind),
      vector: Number(vector),
      times: Number(times),
      first_step: Number(first),
    };
  });
}

/** What went to COM1 and the debug ports, the last of it. */
function consoleTail(trace: Trace): string {
  const { rows } = trace.query(
    `SELECT data FROM port_io WHERE direction = 'out' AND port IN (0x3f8, 0xe9, 0x402)
     ORDER BY id DESC LIMIT ${CONSOLE_WRITES}`,
  );
  const pieces = Array.from(rows, ([data]) => Buffer.from(data as Uint8Array).toString('latin1'));
  return pieces.reverse().join('').slice(-CONSOLE_CHARACTERS);
}

function topFunctions(trace: Trace): Answer {
  if (!trace.hasIndex && trace.stepCount > LONG_STEPS) {
    return 'not worked out for so long a trace: ask calls, or run kvmtrace index first';
  }
  return trace
    .hotFunctions()
    .slice(0, SHOWN_FUNCTIONS)
    .map(({ address, symbol, calls, ownSteps, totalSteps }) => ({
      function: symbol === undefined ? hex(address) : formatSymbol(symbol),
      calls,
      own_steps: ownSteps,
      total_steps: totalSteps,
    }));
}
