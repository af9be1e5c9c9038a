import type { Command } from '../command.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { single } from '../arguments/numbers.js';
import { traceArgument } from '../arguments/options.js';

const FORMATS = ['table', 'text', 'json', 'csv'] as const;

interface QueryArguments {
  readonly trace: string;
  readonly sql: string;
  readonly format: (typeof FORMATS)[number];
}

export const query: Command<QueryArguments> = {
  usage: 'query <trace> <sql>',
  summary: 'Ask in SQL; schema/README.md describes the tables',
  examples: [
    ['$0 query t.db "SELECT key, value FROM meta"', 'What the trace says of itself'],
    [
      '$0 query t.db "SELECT hex(rip), sym(rip), count(*) FROM steps GROUP BY rip"',
      'How often each instruction ran',
    ],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .positional('sql', {
        type: 'string',
        demandOption: true,
        describe: "One SELECT; hex(x), sym(address), reg('rax', n), mem(address, length, n) … help",
      })
      .option('format', {
        type: 'string',
        choices: FORMATS,
        default: 'table',
        describe: 'How to print',
      } as const),
  async run({ trace: path, sql, format }, { out, style }) {
    const [{ Trace }, { printCsv, printJson, printTable }] = await Promise.all([
      import('../../query/trace.js'),
      import('../../report/sql-rows.js'),
    ]);
    using trace = Trace.open(single(path, 'the trace'));
    trace.onDerive = () => {
      noteMissingIndex(trace);
    };
    const result = trace.query(single(sql, 'the SQL'));
    switch (format) {
      case 'csv':
        await printCsv(result, out);
        break;
      case 'json':
        await printJson(result, out);
        break;
      case 'table':
      case 'text':
        await printTable(result, out, style);
    }
    return 0;
  },
};
