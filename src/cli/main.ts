#!/usr/bin/env node
import { run } from './program.js';

const exitCode = await run(process.argv.slice(2));
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
