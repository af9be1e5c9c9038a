import type { ExecutionContext } from 'ava';
import { skipTest } from '../../helpers/skip.js';
import { serialKvmTest } from '../helpers/serial-test.js';
import { QEMU, qemuAvailable } from './version.js';

/** Set to 1 where a machine without QEMU is a failure, not a reason to skip (CI). */
const REQUIRED = process.env['KVMTRACE_REQUIRE_QEMU'] === '1';

if (!qemuAvailable && !REQUIRED) {
  process.stderr.write(
    `SKIPPED: there is no ${QEMU} here, so recordings are not compared with QEMU (apt-get install qemu-system-x86; KVMTRACE_REQUIRE_QEMU=1 makes that a failure)\n`,
  );
}

/** A test that needs KVM and QEMU: skipped without, unless that is asked to be a failure. */
export function qemuTest(
  title: string,
  implementation: (t: ExecutionContext) => Promise<void>,
): void {
  if (qemuAvailable || REQUIRED) serialKvmTest(title, implementation);
  else skipTest('no QEMU', title, implementation);
}
