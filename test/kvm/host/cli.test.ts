/** `kvmtrace record --host emulated` as users meet it when something comes in between. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { kvmtrace } from '../../helpers/cli.js';
import { isOneSentence } from '../../helpers/sentence.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { emulatedTest } from './emulated-test.js';
import { MAIN, Program } from './processes.js';

/** 0x7c00: inc ax; jmp there. */
const ENDLESS = Uint8Array.of(0x40, 0xeb, 0xfd);

function recordEndless(
  more: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): { program: Program; path: string } {
  const directory = temporaryDirectory();
  const guest = join(directory, 'guest.bin');
  const path = join(directory, 't.db');
  writeFileSync(guest, ENDLESS);
  const flat = ['--format', 'flat', '--mode', 'real', '--load', '0x7c00', '--memory', '1M'];
  const args = [MAIN, 'record', guest, '-o', path, '--host', 'emulated', ...flat, ...more];
  return { program: new Program(process.execPath, args, env), path };
}

/** How many steps are in the file by now. */
function stepsIn(path: string): number {
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true });
    try {
      return database.prepare('SELECT count(*) FROM step').pluck().get() as number;
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(50);
}

const meta = (path: string, key: string): unknown =>
  new Sqlite(path, { readonly: true })
    .prepare('SELECT value FROM meta WHERE key = ?')
    .pluck()
    .get(key);

emulatedTest(
  'QEMU killed while a guest is recorded: one sentence, and what there was is kept',
  async (t) => {
    const { program, path } = recordEndless();
    await until(() => stepsIn(path) > 500);
    process.kill(await program.qemu(), 'SIGKILL');
    const killed = performance.now();
    t.is(await program.ended, 3, program.stderr);
    t.true(performance.now() - killed < 3000, `${performance.now() - killed} ms`);
    const [line = ''] = program.stderr.split('\n').slice(-2);
    t.true(isOneSentence(line), program.stderr);
    t.regex(line, /^kvmtrace: .*t\.db ends with what was recorded until QEMU,/);
    const steps = stepsIn(path);
    t.true(steps > 500);
    t.is(meta(path, 'stop_reason'), 'error');
    t.regex(String(meta(path, 'stop_detail')), /^QEMU, which is the emulated machine, has ended/);
    t.is(kvmtrace(['info', path]).code, 0);
    // The last step is whole: its registers are there.
    const last = kvmtrace(['steps', path, '--from', String(steps - 2), '--count', '2']);
    t.is(last.code, 0, last.stderr);
    t.regex(last.stdout, /inc/);
    t.deepEqual(await program.leftAfter(1000), []);
  },
);

emulatedTest('Ctrl-C closes the trace of a guest that never ends', async (t) => {
  const { program, path } = recordEndless();
  await until(() => stepsIn(path) > 500);
  program.process.kill('SIGINT');
  const asked = performance.now();
  t.is(await program.ended, 0, program.stderr);
  t.true(performance.now() - asked < 2000, `${performance.now() - asked} ms`);
  t.is(meta(path, 'stop_reason'), 'interrupted');
  t.deepEqual(await program.leftAfter(1000), []);
});

emulatedTest('Ctrl-C while the machine boots ends the command and leaves nothing', async (t) => {
  const { program, path } = recordEndless([], { KVMTRACE_SAVED_STATE: '0' });
  await program.qemu();
  program.process.kill('SIGINT');
  const asked = performance.now();
  t.not(await program.ended, 0);
  t.true(performance.now() - asked < 2000, `${performance.now() - asked} ms`);
  t.is(stepsIn(path), 0);
  t.deepEqual(await program.leftAfter(1000), []);
});

emulatedTest('beside two busy processes a recording goes on', async (t) => {
  const spin = () => new Program(process.execPath, ['-e', 'for (;;);']);
  const alone = recordEndless(['--max-steps', '3000']);
  t.is(await alone.program.ended, 0, alone.program.stderr);
  const busy = [spin(), spin()];
  try {
    const { program, path } = recordEndless(['--max-steps', '3000']);
    t.is(await program.ended, 0, program.stderr);
    t.is(stepsIn(path), 3000);
    const speed = (text: string) => / ([\d.]+k?) steps\/s/.exec(text)?.[1] ?? text;
    t.log(`alone ${speed(alone.program.stderr)}, beside ${speed(program.stderr)} steps/s`);
  } finally {
    for (const each of busy) each.process.kill('SIGKILL');
  }
});
