/** Commands whose disk fills up. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { kvmEmulated } from './host.js';

/** Where files are that cannot grow, in the directory that a command runs in. */
export const DISK = 'disk';

/** Files that grow beyond a limit are refused as on a full disk, but for the error's name. */
const small = (kib: number): readonly string[] => [
  ...['bash', '-c', `trap '' XFSZ; ulimit -f ${kib}; exec "$0" "$@"`],
];

/**
 * The memory of the emulated machine is a file, too: there the disk is a small one, in a namespace of
 * its own, and what is left on it is copied out.
 */
const mounted = (kib: number): readonly string[] => [
  ...['unshare', '-rm', 'bash', '-c'],
  `mount -t tmpfs -o size=${kib}k none ${DISK} || exit 125
   "$0" "$@"
   status=$?
   mkdir left && cp -a ${DISK}/. left && umount ${DISK} && cp -a left/. ${DISK} && rm -r left
   exit $status`,
];

/** Runs node in a directory, with files in DISK there that have room for so much in all. */
export function runOnFullDisk(
  directory: string,
  kib: number,
  args: readonly string[],
): SpawnSyncReturns<string> {
  mkdirSync(join(directory, DISK));
  const [program = '', ...before] = kvmEmulated ? mounted(kib) : small(kib);
  const options = { cwd: directory, encoding: 'utf8' } as const;
  return spawnSync(program, [...before, process.execPath, ...args], options);
}
