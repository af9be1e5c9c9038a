/** Guests of random integer instructions in all three modes against QEMU's TCG. */
import { fewer } from '../../helpers/kvm.js';
import { withDirectory } from '../helpers/build.js';
import { buildRandom, RANDOM_SEED } from '../random/build.js';
import { randomGuest } from '../random/guest.js';
import { qemuTest } from './qemu-test.js';
import { checkWithQemu } from './check.js';

function compareRandom(bits: 16 | 32 | 64, count: number, seed: number): void {
  qemuTest(`random ${bits}-bit code, seed ${seed}, runs as in QEMU`, async (t) => {
    await withDirectory(async (directory) => {
      const guest = randomGuest({ seed, bits, count, definedFlagsOnly: true });
      await checkWithQemu(t, buildRandom(guest, bits, directory), directory);
    });
  });
}

compareRandom(64, fewer(10_000), RANDOM_SEED);
compareRandom(32, fewer(10_000), RANDOM_SEED);
compareRandom(16, 2000, RANDOM_SEED);
compareRandom(16, 2000, RANDOM_SEED + 1);
