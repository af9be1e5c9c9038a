/** However a program that uses the emulated host ends, nothing of it stays. */
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { emulatedTest } from './emulated-test.js';
import { said, scripted } from './processes.js';

const SOON_MS = 1000;

/** What ends a program, and how it then has ended. */
const ENDS: Readonly<Record<string, readonly [script: string, ended: number]>> = {
  'its last line': ['', 0],
  'process.exit': ['process.exit(5);', 5],
  'an exception that nobody catches': ["throw new Error('a bug');", 1],
  'a promise that nobody catches': ["Promise.reject(new Error('a bug'));", 1],
};

for (const [what, [script, code]] of Object.entries(ENDS)) {
  emulatedTest(`ended by ${what}`, async (t) => {
    const before = readdirSync('/dev/shm');
    const program = scripted(script);
    t.is(await program.ended, code, program.stderr);
    t.deepEqual(await program.leftAfter(SOON_MS), []);
    t.deepEqual(readdirSync('/dev/shm'), before);
  });
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  emulatedTest(`ended by ${signal}`, async (t) => {
    const program = scripted('setInterval(() => undefined, 1000);');
    await said(program, 'ready');
    t.true(program.running().length >= 3, 'itself, the shell that keeps QEMU, and QEMU');
    program.process.kill(signal);
    t.is(await program.ended, signal);
    t.deepEqual(await program.leftAfter(SOON_MS), []);
  });
}

emulatedTest('killed while the machine boots', async (t) => {
  const program = scripted('', { KVMTRACE_SAVED_STATE: '0' });
  await program.qemu();
  await delay(100);
  program.process.kill('SIGKILL');
  t.is(await program.ended, 'SIGKILL');
  t.deepEqual(await program.leftAfter(SOON_MS), []);
});
