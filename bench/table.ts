/**
 * The table of `npm run bench`: all rows that the benchmarks have measured in this run, with the machine
 * that they ran on. Also as JSON, beside the traces in bench/build.
 *
 * Usage: table.js ROWS OUTPUT
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { toolVersion } from '../src/base/package-root.js';
import { rowText, type Row } from './report.js';

const [rowsPath, output] = process.argv.slice(2);
if (rowsPath === undefined || output === undefined) throw new Error('usage: table.js ROWS OUTPUT');
const rows = readFileSync(rowsPath, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Row);
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  kernel: release(),
  node: process.version,
  kvmtrace: toolVersion,
};
console.log(`\nkvmtrace ${machine.kvmtrace} on ${machine.processors} × ${machine.processor}, Linux ${machine.kernel}, Node ${machine.node}`); // prettier-ignore
for (const row of rows) console.log(rowText(row));
const broken = rows.filter(({ kept }) => kept === false).length;
console.log(`${rows.length} rows, ${broken} promises not kept; as JSON in ${output}`);
writeFileSync(output, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
