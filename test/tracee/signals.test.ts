/** Signals that a program handles end `run` of a guest that would run on forever. */
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../src/base/package-root.js';
import { patience } from '../helpers/host.js';
import { kvmTest } from '../helpers/kvm.js';
import { Program, said } from '../kvm/host/processes.js';

const TRACEE = new URL('dist/src/tracee/tracee.js', packageRoot).href;
const SOON_MS = 1000;

const SCRIPT = `
  const { writeSync } = await import('node:fs');
  const { Tracee } = await import(${JSON.stringify(TRACEE)});
  const tracee = Tracee.open();
  // jmp $
  tracee.write(0x100000, Uint8Array.of(0xeb, 0xfe));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR2']) {
    process.on(name, () => {
      console.log('handled', name);
      tracee.close();
      process.exit(7);
    });
  }
  // Watching for signals does not keep a program running.
  setTimeout(() => undefined, 10_000);
  writeSync(1, 'running\\n');
  tracee.run();
  console.log('exit', tracee.exit().kind);
`;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) {
  kvmTest(`${signal}, which the program handles, ends run`, async (t) => {
    const program = new Program(process.execPath, ['--input-type=module', '-e', SCRIPT]);
    await said(program, 'running');
    await delay(patience(200));
    const start = performance.now();
    program.process.kill(signal);
    t.is(await program.ended, 7, program.stderr);
    t.true(performance.now() - start < patience(SOON_MS));
    const lines = program.stdout.split('\n');
    t.is(lines[1], 'exit intr');
    t.is(lines[2], `handled ${signal}`);
    t.deepEqual(await program.leftAfter(SOON_MS), []);
  });
}
