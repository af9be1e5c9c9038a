/** Random code with exceptions, MMIO, mode switches, level 3, SSE and AVX against QEMU's TCG. */
import type { ExecutionContext } from 'ava';
import { fewer, kvmKind } from '../../helpers/kvm.js';
import { skipTest } from '../../helpers/skip.js';
import { withDirectory } from '../helpers/build.js';
import { buildRandom, RANDOM_SEED } from '../random/build.js';
import { systemGuest, type Part, type SystemGuest } from '../random/system/guest.js';
import { checkWithQemu } from './check.js';
import { qemuTest } from './qemu-test.js';

/** Level 3 of long mode and vector instructions need a KVM that steps the processor itself. */
const NEEDS_PROCESSOR: readonly Part[] = ['user', 'vector'];

function compareSystem(guest: Omit<SystemGuest, 'seed'>, seed = RANDOM_SEED): void {
  const { bits, parts } = guest;
  const title = `random ${bits}-bit code with ${parts.join(', ')}, seed ${seed}, runs as in QEMU`;
  const run = async (t: ExecutionContext): Promise<void> => {
    await withDirectory(async (directory) => {
      const built = buildRandom(systemGuest({ seed, ...guest }), bits, directory);
      await checkWithQemu(t, built, directory);
    });
  };
  const needsProcessor = bits === 64 && parts.some((part) => NEEDS_PROCESSOR.includes(part));
  if (needsProcessor && kvmKind === 'software') {
    skipTest('this KVM steps no 64-bit user code and no SSE', title, run);
  } else qemuTest(title, run);
}

compareSystem({ bits: 64, count: fewer(1000), parts: ['fault', 'mmio', 'mode'] });
compareSystem({ bits: 64, count: fewer(1000), parts: ['fault', 'user'] });
compareSystem({ bits: 64, count: fewer(1000), parts: ['vector'] });
compareSystem({ bits: 64, count: fewer(1000), parts: ['fault', 'mmio', 'mode', 'user', 'vector'] });
compareSystem({ bits: 32, count: fewer(1000), parts: ['fault', 'mmio', 'user'] });
compareSystem({ bits: 16, count: fewer(250), parts: ['fault', 'mode'] });
