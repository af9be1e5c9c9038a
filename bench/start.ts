/** Starting: whole processes by turns with a Node that does nothing, so that a busy machine slows both. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median, verdict } from './report.js';
import { cli, root } from './traces.js';

const ROUNDS = 15;
const hello = join(root, 'traces/hello.db');
const commands = {
  nothing: ['-e', '0'],
  version: [cli, '--version'],
  info: [cli, 'info', hello],
};

function seconds(args: readonly string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return (performance.now() - start) / 1000;
}

const ratios = { version: [] as number[], info: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  const nothing = seconds(commands.nothing);
  ratios.version.push(seconds(commands.version) / nothing);
  ratios.info.push(seconds(commands.info) / nothing);
}
verdict('kvmtrace --version ÷ node -e 0', median(ratios.version), '≤', 1.3);
verdict('kvmtrace info of a small trace ÷ node -e 0', median(ratios.info), '≤', 1.6);
