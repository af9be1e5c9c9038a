import type { Question } from '../../query/questions.js';
import type { Trace } from '../../query/trace.js';
import type { Rows } from '../../report/sql-rows.js';
import { printable } from '../../base/printable.js';
import type { Command, Context } from '../command.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { single } from '../arguments/numbers.js';
import { traceArgument, textOption } from '../arguments/options.js';
import { sqlOf, type SqlArguments } from '../arguments/sql.js';

const FORMATS = ['table', 'text', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

interface QueryArguments extends SqlArguments {
  readonly trace: string;
  readonly hex: boolean;
  readonly tables: boolean;
  readonly list: boolean;
  readonly format: Format;
}

/** `kvmtrace query`. */
export const query: Command<QueryArguments> = {
  usage: 'query <trace> [sql]',
  summary: 'Ask in SQL; schema/README.md describes the tables',
  examples: [
    ['$0 query t.db "SELECT key, value FROM meta"', 'What the trace says of itself'],
    [
      '$0 query t.db --hex "SELECT rip, sym(rip), count(*) FROM steps GROUP BY rip"',
      'How often each instruction ran',
    ],
    ['$0 query t.db --name slowest-functions', 'A ready-made question; --list shows all of them'],
    ['$0 query t.db -f question.sql', 'SQL from a file; - is standard input'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .positional('sql', {
        type: 'string',
        describe: "One SELECT; hex(x), sym(address), reg('rax', n), mem(address, length, n) … help",
      })
      .option('file', {
        alias: 'f',
        type: 'string',
        requiresArg: true,
        describe: 'A file with the SQL',
      })
      .option('name', textOption('Ask a ready-made question'))
      .option('list', {
        type: 'boolean',
        default: false,
        describe: 'List the ready-made questions; with --name: print the SQL of one',
      })
      .option('tables', {
        type: 'boolean',
        default: false,
        describe: 'List the tables and views with their columns',
      })
      .option('hex', {
        type: 'boolean',
        default: false,
        describe: 'Show addresses, registers and memory in hexadecimal',
      })
      .option('format', {
        type: 'string',
        choices: FORMATS,
        default: 'table',
        describe: 'How to print',
      } as const),
  async run(args, context) {
    const { Trace } = await import('../../query/trace.js');
    using trace = Trace.open(single(args.trace, 'the trace'));
    if (args.list) await printQuestions(args, context);
    else await print(args.tables ? tableRows(trace) : await answer(args, trace), args, context);
    return 0;
  },
};

async function answer(args: QueryArguments, trace: Trace): Promise<Rows> {
  const sql = await sqlOf(args);
  trace.onDerive = () => {
    noteMissingIndex(trace);
  };
  const result = trace.query(sql);
  await warnSignedOrder(sql);
  if (!args.hex) return result;
  const { inHex } = await import('../../report/hex-columns.js');
  return inHex(result, new Set(trace.registerNames()));
}

async function warnSignedOrder(sql: string): Promise<void> {
  const { signedComparison } = await import('../../trace/read/sql/signed-order.js');
  const found = signedComparison(sql);
  if (found === undefined) return;
  const { literal, operator, other = 'x' } = found;
  const wayOut =
    operator === 'BETWEEN'
      ? `unsigned(${other}) BETWEEN unsigned(…) AND unsigned(…)`
      : `unsigned(${other}) ${operator} unsigned(${literal})`;
  process.stderr.write(
    `kvmtrace: ${printable(literal)} is not in the order of addresses, as SQLite's integers are signed: write ${printable(wayOut)}.\n`,
  );
}

function tableRows(trace: Trace): Rows {
  const tables = trace.tables();
  return {
    ...{ columns: ['table', 'columns'], sources: [undefined, undefined] },
    rows: tables.map(({ name, columns }) => [name, columns.join(', ')]),
  };
}

async function printQuestions(args: QueryArguments, context: Context): Promise<void> {
  const { questionNamed, questions } = await import('../../query/questions.js');
  if (args.name !== undefined) {
    await context.out.write(questionNamed(single(args.name, '--name')).sql);
    return;
  }
  const row = ({ name, text, sql }: Question): string[] =>
    args.format === 'json' ? [name, text, sql] : [name, text];
  await print(
    {
      columns: ['name', 'question', 'sql'].slice(0, args.format === 'json' ? 3 : 2),
      sources: [],
      rows: questions().map(row),
    },
    args,
    context,
  );
}

async function print(
  rows: Rows,
  { format }: QueryArguments,
  { out, style }: Context,
): Promise<void> {
  const { printCsv, printJson, printTable } = await import('../../report/sql-rows.js');
  switch (format) {
    case 'csv':
      await printCsv(rows, out);
      break;
    case 'json':
      await printJson(rows, out);
      break;
    case 'table':
    case 'text':
      await printTable(rows, out, style);
  }
}
