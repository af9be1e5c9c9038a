import { accessSync, constants } from 'node:fs';
import test, { type ImplementationFn } from 'ava';

/** Set to 1 where a machine without KVM is a failure, not a reason to skip (CI, release). */
const REQUIRED = process.env['KVMTRACE_REQUIRE_KVM'] === '1';

function usable(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether tests on real KVM run here. */
export const kvmAvailable = usable();

if (!kvmAvailable && !REQUIRED) {
  process.stderr.write(
    'SKIPPED: /dev/kvm cannot be opened here, so the tests on real KVM do not run (KVMTRACE_REQUIRE_KVM=1 makes that a failure)\n',
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
