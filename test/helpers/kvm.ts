/** Tests that need KVM, on the host that is there: /dev/kvm or the emulated machine. */
import test, { type ImplementationFn } from 'ava';
import { findParts } from '../../src/kvm/host/emulated/parts.js';
import { Kvm } from '../../src/kvm/kvm.js';
import { decision, kvmEmulated } from './host.js';
import { skipTest } from './skip.js';

export { fewer, kvmEmulated, kvmKind } from './host.js';

/** Set to 1 where a machine without KVM is a failure, not a reason to skip (CI, release). */
const REQUIRED = process.env['KVMTRACE_REQUIRE_KVM'] === '1';

/** Why there is no KVM here, if so. The emulated machine is not started for that. */
function reason(): string | undefined {
  try {
    if (decision.kind === 'kvm') Kvm.open(decision.host).close();
    else findParts();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const unusable = reason();

/** Whether tests on real KVM run here. */
export const kvmAvailable = unusable === undefined;

if (unusable !== undefined && !REQUIRED) {
  process.stderr.write(
    `SKIPPED: tests on real KVM do not run here (KVMTRACE_REQUIRE_KVM=1 makes that a failure): ${unusable}\n`,
  );
}

/**
 * The tests of a file share one emulated machine, which may end by what one of them does: they take
 * turns there.
 */
const kvmTests = kvmEmulated ? test.serial : test;

/**
 * ava's `test` for what needs KVM. Without it the test is skipped, which ava lists, or with
 * KVMTRACE_REQUIRE_KVM=1 runs and fails.
 */
export function kvmTest(title: string, implementation: ImplementationFn<[]>): void {
  if (kvmAvailable || REQUIRED) kvmTests(title, implementation);
  else skipTest('no KVM', title, implementation);
}

/** Set to 1 by npm run test:long. */
const LONG = process.env['KVMTRACE_LONG'] === '1';

/**
 * A `kvmTest` that takes minutes in the emulated machine: there only `npm run test:long` runs it, which
 * finds it by the end of its title.
 */
export function longTest(title: string, implementation: ImplementationFn<[]>): void {
  if (!kvmEmulated) kvmTest(title, implementation);
  else if (LONG) kvmTest(`${title} (long)`, implementation);
  else skipTest('minutes in the emulated machine (npm run test:long)', title, implementation);
}

/**
 * A `kvmTest` that is known to fail in the emulated machine, and must fail there: the mark goes when the fault
 * is mended.
 *
 * @param fault what QEMU does wrong
 */
export function knownFailureOfQemu(
  fault: string,
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  if (kvmAvailable && kvmEmulated) {
    kvmTests.failing(`${title} (known failure: QEMU: ${fault})`, implementation);
  } else {
    kvmTest(title, implementation);
  }
}

/** VMRUN loads the guest's DR7 and arms nothing (QEMU 7.2, helper_vmrun). */
export const NO_BREAKPOINTS = 'debug registers of a nested guest do not break';

/** What FXSAVE stores as MXCSR_MASK on this host's CPU, as hex: ffff on Intel's, 2ffff on AMD's. */
export function hostMxcsrMask(): string {
  const kvm = Kvm.open();
  try {
    // Bytes 28 to 31 of the legacy region of XSAVE (SDM vol. 1, 13.4.1).
    const { buffer, byteOffset } = kvm.createVm().createVcpu(0).getXsave();
    return new DataView(buffer, byteOffset).getUint32(28, true).toString(16);
  } finally {
    kvm.close();
  }
}
