#!/usr/bin/env node
import module from 'node:module';
import { toolVersion } from '../base/package-root.js';

// Node 22 and later keep what they compiled; to earlier ones this is unknown.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const argv = process.argv.slice(2);
const exitCode = isVersion(argv) ? printVersion() : await runProgram(argv);
// What was written last may still be on its way to a slow pipe.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
// Not by waiting for everything to end: a thread that an error left behind would never.
process.exit(exitCode);

function isVersion(words: readonly string[]): boolean {
  return words.length === 1 && words[0] === '--version';
}

/** Without loading what the commands are made of: scripts ask often. */
function printVersion(): number {
  process.stdout.write(`${toolVersion}\n`);
  return 0;
}

async function runProgram(words: readonly string[]): Promise<number> {
  const { run } = await import('./program.js');
  return run(words);
}
