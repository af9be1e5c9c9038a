import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { serialKvmTest } from '../helpers/serial-test.js';

export const QEMU = 'qemu-system-x86_64';

const output = spawnSync(QEMU, ['--version'], { encoding: 'utf8' }).stdout as string | null;
const version = /version (\d+)\.(\d+)/.exec(output ?? '');
const required = process.env['KVMTRACE_REQUIRE_QEMU'] === '1';

if (version === null && !required) {
  process.stderr.write(
    `SKIPPED: there is no ${QEMU} here, so recordings are not compared with QEMU (apt-get install qemu-system-x86; KVMTRACE_REQUIRE_QEMU=1 makes that a failure)\n`,
  );
}

/** How QEMU is told to put every instruction into a block of its own, which is then logged. */
export function singleInstructionOptions(): string[] {
  const [, major, minor] = (version ?? []).map(Number);
  const hasProperty = major !== undefined && (major > 8 || (major === 8 && minor! >= 1));
  return hasProperty ? ['-accel', 'tcg,one-insn-per-tb=on'] : ['-accel', 'tcg', '-singlestep'];
}

/** A test that needs KVM and QEMU: skipped without, unless that is asked to be a failure. */
export function qemuTest(
  title: string,
  implementation: (t: ExecutionContext) => Promise<void>,
): void {
  if (version !== null || required) serialKvmTest(title, implementation);
  else test.serial.skip(title, implementation);
}
