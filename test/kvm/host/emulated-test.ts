/** Tests of the emulated host, whatever KVM there is here beside it. */
import test, { type ImplementationFn } from 'ava';
import { chooseHost } from '../../../src/kvm/host/choose.js';
import { findParts } from '../../../src/kvm/host/emulated/parts.js';
import type { KvmHost } from '../../../src/kvm/host/host.js';
import { skipTest } from '../../helpers/skip.js';

function reason(): string | undefined {
  try {
    findParts();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const unusable = reason();
const runs = unusable === undefined || process.env['KVMTRACE_REQUIRE_QEMU'] === '1';
if (!runs)
  process.stderr.write(`SKIPPED: tests of the emulated host do not run here: ${unusable}\n`);

/** One after the other: a machine takes a core, and a second of it to boot. */
export function emulatedTest(title: string, implementation: ImplementationFn<[]>): void {
  if (runs) test.serial(title, implementation);
  else skipTest('no QEMU, or no kernel for it', title, implementation);
}

/** One that is known to fail, and must: the mark goes when the fault is mended. */
export function emulatedFailure(
  fault: string,
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  if (runs) test.serial.failing(`${title} (known failure: ${fault})`, implementation);
  else emulatedTest(title, implementation);
}

/** The one machine of a test file. */
export function sharedHost(): KvmHost {
  return chooseHost({ host: 'emulated' });
}
