/**
 * Whole guests of Debian's packages, from their first instruction to what they print: minutes each, so that
 * only npm run test:guests runs them, which finds them by the end of their titles.
 */
import type { ExecutionContext } from 'ava';
import { kvmKind } from '../helpers/kvm.js';
import { packagedTest, recordsAndReplays, type Expected } from '../helpers/recorded-guest.js';
import { skipTest } from '../helpers/skip.js';

const RUNS = process.env['KVMTRACE_GUESTS'] === '1';

function guestTest(
  file: string,
  debianPackage: string,
  title: string,
  body: (t: ExecutionContext) => void,
): void {
  if (RUNS) packagedTest(file, debianPackage, `${title} (guests)`, body);
  else skipTest('minutes a guest (npm run test:guests)', title, body);
}

/** What is to be seen where KVM runs every instruction, and where it emulates them and lacks one. */
function onHardware(expected: Expected, lacking: RegExp): Expected {
  if (kvmKind !== 'software') return expected;
  return { ...expected, says: /^$/, stops: lacking, code: 1 };
}

const UBOOT = '/usr/lib/u-boot/qemu-x86/u-boot.rom';
guestTest(UBOOT, 'u-boot-qemu', 'U-Boot comes to its banner', (t) => {
  recordsAndReplays(t, [UBOOT, '--max-steps', '1200000'], {
    says: /^\s*U-Boot 20\d\d\.\d\d\S* \(/,
    stops: /^1200000 steps, stopped by max-steps/m,
    readsTsc: 'waits',
  });
});

const SEABIOS = '/usr/share/seabios/bios-256k.bin';
guestTest(SEABIOS, 'seabios', 'SeaBIOS sets PCI up and leaves tables', (t) => {
  recordsAndReplays(t, [SEABIOS, '--max-steps', '600000'], {
    says: /Found 3 PCI devices[^]*Using pmtimer, ioport 0xb008\n[^]*Copying ACPI RSDP/,
    stops: /^600000 steps, stopped by max-steps/m,
  });
});

const XEN = '/boot/xen-4.17-amd64.gz';
guestTest(XEN, 'xen-hypervisor-4.17-amd64', 'Xen comes to its first line by multiboot', (t) => {
  const append = 'xen no-real-mode edd=off com1=115200,8n1 console=com1';
  const args = [XEN, '--append', append, '--memory', '256M', '--max-steps', '195000'];
  const says = /^\(XEN\) Xen version 4\.17\./;
  const whole = { says, stops: /stopped by max-steps/, readsTsc: 'shows' } as const;
  const expected = onHardware(whole, /cannot run `rdsspq rsi`/);
  recordsAndReplays(t, args, expected);
});

const OVMF = '/usr/share/OVMF/OVMF_CODE.fd';
guestTest(OVMF, 'ovmf', 'OVMF goes on past its first x87 instruction', (t) => {
  const expected = { says: /^$/, stops: /^60000 steps, stopped by max-steps/m };
  recordsAndReplays(t, [OVMF, '--max-steps', '60000'], onHardware(expected, /cannot run `fwait`/));
});
