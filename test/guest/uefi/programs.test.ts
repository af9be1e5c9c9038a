/** UEFI programs that people have: those of Debian's packages efitools and systemd-boot-efi. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kvmtrace } from '../../helpers/cli.js';
import { kvmKind } from '../../helpers/kvm.js';
import { packagedTest } from '../../helpers/recorded-guest.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { rowsOf } from '../../helpers/sql.js';

const EFITOOLS = '/usr/lib/efitools/x86_64-linux-gnu';
const SYSTEMD_BOOT = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';

packagedTest(
  `${EFITOOLS}/HelloWorld.efi`,
  'efitools',
  'HelloWorld.efi shows its text, takes Enter and returns',
  (t) => {
    const directory = temporaryDirectory();
    const output = join(directory, 't.db');
    const keys = join(directory, 'keys');
    writeFileSync(keys, '\n');
    const guest = `${EFITOOLS}/HelloWorld.efi`;
    const { code, stdout, stderr } = kvmtrace([
      'record',
      guest,
      '-o',
      output,
      '--port-input',
      keys,
    ]);
    t.is(code, 0, stderr);
    t.regex(stdout, /│ +HelloWorld +│\n/);
    t.regex(stdout, /To execute an unsigned binary in secure boot mode/);
    t.regex(stderr, /stopped by firmware-exit \(the program returned EFI_SUCCESS\)/);
    const [[calls]] = rowsOf(output, 'SELECT count(*) FROM efi_call') as [[bigint]];
    t.true(calls > 80n, `${calls} calls`);
    const replayed = kvmtrace(['replay', output]);
    t.regex(replayed.stdout, /^identical: /, replayed.stderr);
    const again = join(directory, 'again.db');
    kvmtrace(['record', guest, '-o', again, '--port-input', keys]);
    t.is(kvmtrace(['diff', output, again]).code, 0);
  },
);

packagedTest(
  SYSTEMD_BOOT,
  'systemd-boot-efi',
  'systemd-boot looks for its configuration and says that there is none',
  (t) => {
    const output = join(temporaryDirectory(), 't.db');
    const { code, stdout, stderr } = kvmtrace(['record', SYSTEMD_BOOT, '-o', output]);
    if (kvmKind === 'software') {
      // It uses SSE, which that KVM cannot run: the recording ends there, and says so.
      t.is(code, 1, stderr);
      t.regex(stderr, /--host emulated|SSE|cannot run/);
      return;
    }
    t.is(code, 0, stderr);
    t.regex(
      stdout,
      /No loader found\. Configuration files in \\loader\\entries\\\*\.conf are needed\./,
    );
    t.regex(stderr, /the program returned EFI_SUCCESS/);
    const asked = rowsOf(
      output,
      "SELECT json_extract(arguments, '$.FileName') FROM efi_call WHERE service = 'EFI_FILE_PROTOCOL.Open'",
    );
    t.true(asked.some(([name]) => name === '\\loader\\loader.conf'));
  },
);
