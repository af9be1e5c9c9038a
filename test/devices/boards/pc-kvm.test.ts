import { Platform } from '../../../src/devices/boards/pc.js';
import { loadGuest, loadGuestBytes, type LoadedGuest } from '../../../src/guest/formats/load.js';
import { withGuest } from '../../guest/boot/machine.js';
import { kvmTest } from '../../helpers/kvm.js';

/** Runs a guest at full speed on real KVM with the recorder's devices, until it ends itself. */
function run(guest: LoadedGuest, input = ''): { output: string; exitCode: number | undefined } {
  const bytes: number[] = [];
  let exitCode: number | undefined;
  const platform = new Platform({
    portInput: Buffer.from(input),
    memorySize: guest.layout.memorySize,
    onOutput: (byte) => bytes.push(byte),
    onExit: (code) => {
      exitCode = code;
    },
  });
  withGuest(guest, ({ vcpu }) => {
    while (exitCode === undefined) {
      vcpu.enter();
      const exit = vcpu.run.exit();
      if (exit.kind !== 'io') break;
      if (exit.direction === 'in') platform.portRead(exit.port, exit.size, vcpu.run.ioData());
      else platform.portWrite(exit.port, exit.size, exit.data);
    }
  });
  return { output: Buffer.from(bytes).toString(), exitCode };
}

kvmTest('the sample guest prints its results and ends with 0', (t) => {
  const { output, exitCode } = run(loadGuest('guests/sample/sample.elf'));
  t.is(exitCode, 0);
  t.is(
    output,
    `The books of a small shop
day 1: 9565.04 sold, 23 customers kept, 1 forgotten, best Ida
day 2: 10435.95 sold, 21 customers kept, 3 forgotten, best Sophie
day 3: 10185.46 sold, 22 customers kept, 1 forgotten, best Hedy
day 4: 9081.18 sold, 19 customers kept, 5 forgotten, best Edsger
36 words, most of all for; 6 times honey on the last day
sha256 8c24f948c07d98e7db6527860cfc64445968166406c3b758c0f813960ed7eb74
`,
  );
});

/**
 * Echoes COM1 until its input is at an end, then exits with 0x2a:
 *   1: mov dx,0x3fd; in al,dx; test al,1; jz 2f; mov dx,0x3f8; in al,dx; out dx,al; jmp 1b
 *   2: mov al,0x2a; out 0xf4,al
 */
const ECHO = Uint8Array.of(
  ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0x07],
  ...[0xba, 0xf8, 0x03, 0xec, 0xee, 0xeb, 0xf1, 0xb0, 0x2a, 0xe6, 0xf4],
);

kvmTest('a real-mode guest gets its input on COM1', (t) => {
  t.deepEqual(run(loadGuestBytes('echo', ECHO, { format: 'flat' }), 'one, two'), {
    output: 'one, two',
    exitCode: 0x2a,
  });
});
