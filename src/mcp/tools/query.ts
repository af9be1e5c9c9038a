import * as z from 'zod';
import type { SqlValue } from '../../trace/read/values.js';
import type { Answer } from '../answer.js';
import { count, defineTool } from '../tool.js';

const MOST_ROWS = 500;
const MOST_CELL_CHARACTERS = 500;

/** SQL over the tables of the trace. */
export const query = defineTool({
  name: 'query',
  title: 'SQL',
  description:
    "One read-only SQLite SELECT over the trace, for what the other tools do not answer. The resource kvmtrace://schema describes every table. Main ones: step(id, instruction), instruction(id, rip, address, mode, bytes, text), steps (a view: id, rip, text, rax … r15, rflags before the step), register(id, name), register_write(register, step, value), memory_write(gpa, size, step, value), port_io(step, port, direction, size, count, data), mmio, interruption(step, vector, kind, error_code, cr2, rip), symbol(address, size, kind, name), call(id, parent, kind, address, first_step, last_step, depth, own_steps, ended), memory_access(step, gpa, size, reads, writes). Functions: hex(x), sym(address), reg('rax', n), mem(address, length, n), phys(gpa, length, n), gpa(address, n). Integers are signed 64-bit.",
  input: {
    sql: z.string().min(1).describe('One SELECT.'),
    limit: count(MOST_ROWS, 50, 'Rows to return at most'),
    offset: z.number().int().min(0).default(0).describe('Rows to pass over first.'),
  },
  run({ sql, limit, offset }, trace) {
    const { columns, rows } = trace.query(sql);
    const found: Answer[] = [];
    let seen = 0;
    for (const row of rows) {
      if (seen++ < offset) continue;
      if (found.length === limit) {
        return { columns: [...columns], rows: found, more: { sql, limit, offset: offset + limit } };
      }
      found.push(row.map(cell));
    }
    return { columns: [...columns], rows: found };
  },
});

/** Numbers as they are as long as they are exact. */
function cell(value: SqlValue): Answer {
  if (typeof value === 'bigint') {
    const exact = value >= -Number.MAX_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    return exact ? Number(value) : value;
  }
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  if (typeof text !== 'string' || text.length <= MOST_CELL_CHARACTERS) return text;
  return `${text.slice(0, MOST_CELL_CHARACTERS)}… (${text.length} characters: use substr)`;
}
