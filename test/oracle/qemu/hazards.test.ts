/** What a process cannot run: guests for the hazards of stepping, against QEMU's TCG. */
import { withDirectory } from '../helpers/build.js';
import { checkWithQemu, type Expected } from './check.js';
import { buildGuest } from './guests.js';
import { qemuTest } from './qemu-test.js';

function compare(name: string, expected?: Expected): void {
  qemuTest(`${name} runs as in QEMU`, async (t) => {
    await withDirectory(async (directory) => {
      await checkWithQemu(t, buildGuest(name, directory), directory, expected);
    });
  });
}

compare('real-ports');
compare('real-system');
compare('real-modes');
compare('real-interrupts', { vectors: [0x20, 0x20, 3, 3, 4, 0x21, 0x20, 0x20, 0x22, 0x22, 0x20] });
compare('real-exceptions', { vectors: [0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6] });
compare('real-shared-handler', { vectors: [0, 6] });
compare('real-handler-faults', { vectors: [0, 6] });
// Device interrupts are in no log of QEMU's real mode either: IRQ 4 and the INT 0x20 among them.
compare('real-irq', { vectors: [12, 12, 12, 12, 12, 0x20, 12, 0x20, 12], apic: false });
compare('real-halt', { vectors: [8, 8, 8], apic: false });

compare('protected-system');
compare('protected-mmio');
compare('protected-flags');
compare('protected-exceptions');
compare('protected-interrupts');
compare('protected-user');
compare('protected-triple-fault', { stop: 'shutdown' });

compare('long-system');
compare('long-mmio');
compare('long-paging');
compare('long-ports');
compare('long-interrupts');
compare('long-irq', { apic: false });
compare('long-triple-fault', { stop: 'shutdown' });
compare('long-exceptions', {
  // On an interrupt stack of the same privilege QEMU loads a null ss. SDM vol. 2, INT, loads rsp
  // only (INTRA-PRIVILEGE-LEVEL-INTERRUPT), and null where the privilege changes.
  tolerated: [/: ss trace 0x10 QEMU 0x0, ss_limit trace 0xffffffff QEMU 0x0, ss_attributes [^,]*$/],
});
compare('long-user', { entersUserMode: true });
compare('long-user32', { entersUserMode: true });
