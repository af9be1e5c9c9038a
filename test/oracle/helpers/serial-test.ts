import test, { type ExecutionContext } from 'ava';
import { kvmAvailable } from '../../helpers/kvm.js';
import { skipTest } from '../../helpers/skip.js';

/** The tests here are heavy: one after the other. Without KVM they are skipped, as kvmTest does. */
export function serialKvmTest(
  title: string,
  implementation: (t: ExecutionContext) => Promise<void>,
): void {
  if (kvmAvailable || process.env['KVMTRACE_REQUIRE_KVM'] === '1')
    test.serial(title, implementation);
  else skipTest('no KVM', title, implementation);
}
