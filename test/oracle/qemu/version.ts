import { spawnSync } from 'node:child_process';

export const QEMU = 'qemu-system-x86_64';

const output = spawnSync(QEMU, ['--version'], { encoding: 'utf8' }).stdout as string | null;
const version = /version (\d+)\.(\d+)/.exec(output ?? '');

export const qemuAvailable = version !== null;

/** How QEMU is told to put every instruction into a block of its own, which is then logged. */
export function singleInstructionOptions(): string[] {
  const [, major, minor] = (version ?? []).map(Number);
  const hasProperty = major !== undefined && (major > 8 || (major === 8 && minor! >= 1));
  return hasProperty ? ['-accel', 'tcg,one-insn-per-tb=on'] : ['-accel', 'tcg', '-singlestep'];
}
