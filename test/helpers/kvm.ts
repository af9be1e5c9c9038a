import test, { type ImplementationFn } from 'ava';
import { Kvm } from '../../src/kvm/kvm.js';

/** Set to 1 where a machine without KVM is a failure, not a reason to skip (CI, release). */
const REQUIRED = process.env['KVMTRACE_REQUIRE_KVM'] === '1';

/** Why KVM cannot be used here, if so. */
function reason(): string | undefined {
  try {
    Kvm.open().close();
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
 * ava's `test` for what needs /dev/kvm. Without it the test is skipped, which ava lists, or with
 * KVMTRACE_REQUIRE_KVM=1 runs and fails.
 */
export function kvmTest(title: string, implementation: ImplementationFn<[]>): void {
  if (kvmAvailable || REQUIRED) test(title, implementation);
  else test.skip(title, implementation);
}

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
