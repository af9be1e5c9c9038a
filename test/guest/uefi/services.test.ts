/** A guest that calls each service; what it prints is in test/golden. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { kvmtrace } from '../../helpers/cli.js';
import { matchesGolden } from '../../helpers/golden.js';
import { kvmTest } from '../../helpers/kvm.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { rowsOf } from '../../helpers/sql.js';
import { buildEfi } from './build-efi.js';

const VENDOR = '11111111-2222-3333-4455-66778899aabb';

interface Volume {
  readonly directory: string;
  readonly guest: string;
}

/** A directory with the guest, the program that it starts, a file, variables and keys. */
function makeVolume(): Volume {
  const directory = temporaryDirectory();
  const guest = buildEfi('services', directory);
  buildEfi('child', directory);
  mkdirSync(join(directory, 'Docs'));
  writeFileSync(join(directory, 'Docs/Hello.txt'), 'Hello, volume!\n');
  // Outside of what the guest sees.
  const variables = [{ name: 'Given', vendor: VENDOR, data: '01020304' }];
  writeFileSync(join(directory, 'variables.json'), JSON.stringify(variables));
  writeFileSync(join(directory, 'keys'), 'x\n\x1b[A');
  return { directory, guest };
}

let made: Volume | undefined;
const volume = (): Volume => (made ??= makeVolume());

function record(output: string, more: readonly string[] = []) {
  const { directory, guest } = volume();
  return kvmtrace([
    ...['record', guest, '-o', output, '--efi-root', directory, '--append', 'one two'],
    ...['--efi-vars', join(directory, 'variables.json'), '--port-input', join(directory, 'keys')],
    ...more,
  ]);
}

const lines = (text: string): string => text.replaceAll('\r\n', '\n');

kvmTest('every service does what the specification says', (t) => {
  const output = join(temporaryDirectory(), 't.db');
  const { code, stdout, stderr } = record(output, ['--snapshot-every', '5000']);
  t.is(code, 0, stderr);
  matchesGolden(t, 'guest/uefi/services.txt', lines(stdout));
  t.regex(
    stderr,
    /^The guest called what its firmware does not do: EFI_RUNTIME_SERVICES\.SetTime\.$/m,
  );
  t.regex(stderr, /stopped by firmware-exit \(the program called Exit with EFI_ABORTED\)/);

  const replayed = kvmtrace(['replay', output]);
  t.is(replayed.code, 0, replayed.stdout + replayed.stderr);
  t.regex(replayed.stdout, /^identical: /);

  const again = join(temporaryDirectory(), 'again.db');
  record(again);
  const same = kvmtrace(['diff', output, again]);
  t.is(same.code, 0, same.stdout);
});

kvmTest('every call is a row, with arguments and status', (t) => {
  const output = join(temporaryDirectory(), 't.db');
  record(output);
  const rows = rowsOf(
    output,
    `SELECT depth, service, arguments, status_name FROM efi_call
     WHERE service NOT LIKE '%OutputString' ORDER BY id`,
  );
  // Addresses of pointers are the compiler's.
  const told = rows.map(([depth, service, given, status]) => {
    const values = (given as string).replaceAll(/"0x[1-9a-f][0-9a-f]*"/g, '"…"');
    return `${'  '.repeat(Number(depth))}${String(service)} ${values} → ${String(status)}`;
  });
  matchesGolden(t, 'guest/uefi/services-calls.txt', `${told.join('\n')}\n`);
});

kvmTest('a fork goes on as the recording did: the firmware comes back from a snapshot', (t) => {
  const output = join(temporaryDirectory(), 't.db');
  const whole = record(output, ['--snapshot-every', '3000']);
  const steps = Number(rowsOf(output, "SELECT value FROM meta WHERE key = 'steps'")[0]![0]);
  for (const share of [0.13, 0.31, 0.57, 0.7, 0.93]) {
    const from = Math.floor(steps * share);
    const fork = join(temporaryDirectory(), 'fork.db');
    const { code, stdout, stderr } = kvmtrace(['replay', output, '--from', `${from}`, '-o', fork]);
    t.is(code, 0, stderr);
    t.true(whole.stdout.endsWith(stdout), `from ${from}: ${stdout}`);
    t.is(Number(rowsOf(fork, "SELECT value FROM meta WHERE key = 'steps'")[0]![0]), steps - from);
  }
});

kvmTest('the guest changes nothing on the host', (t) => {
  const { directory } = volume();
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  record(join(temporaryDirectory(), 't.db'));
  t.deepEqual(
    readFileSync(join(directory, 'Docs/Hello.txt')),
    readFileSync(join(copy, 'Docs/Hello.txt')),
  );
  t.throws(() => readFileSync(join(directory, 'Docs/new.txt')), { code: 'ENOENT' });
});

test('options that a UEFI program does not take, and files that are none', (t) => {
  const { directory, guest } = volume();
  const output = join(temporaryDirectory(), 't.db');
  const refused = (args: readonly string[], message: RegExp): void => {
    const { code, stderr } = kvmtrace(['record', guest, '-o', output, ...args]);
    t.is(code, 2, stderr);
    t.regex(stderr, message);
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
  };
  refused(['--mode', 'real'], /starts in long mode: leave --mode out/);
  refused(['--entry', '0x1000'], /says where it starts: leave --entry out/);
  refused(['--memory', '4M'], /--memory 4M is too little for a UEFI program: give 8M or more/);
  refused(['--load', '0x100001'], /--load 0x100001 is not the address of a page/);
  refused(
    ['--load', '0x3f00000'],
    /lies where a UEFI program cannot be: give --load an address from 0x100000 on, below the firmware at 0x3dfb000/,
  );
  refused(['--efi-root', join(directory, 'keys')], /--efi-root .* is no directory/);
  refused(['--efi-vars', join(directory, 'none')], /--efi-vars .* cannot be read/);
  refused(['--efi-vars', join(directory, 'keys')], /--efi-vars .* is no JSON/);
  const wrong = join(temporaryDirectory(), 'v.json');
  writeFileSync(wrong, JSON.stringify([{ name: 'A', vendor: VENDOR, data: 'xyz' }]));
  refused(['--efi-vars', wrong], /data of "A" that are no hexadecimal bytes/);
});
