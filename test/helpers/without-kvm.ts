/** The built command line on a machine that has no /dev/kvm, or for as long as it runs has none. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { temporary } from './built-guest.js';
import type { CliOptions, CliResult } from './cli.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
/** By its path: the PATH of a test may lead nowhere. */
const UNSHARE = '/usr/bin/unshare';
const isThere = existsSync('/dev/kvm');

/** Whether `withoutKvm` works here: hiding a device takes a mount namespace. */
export const canHideKvm = !isThere || spawnSync(UNSHARE, ['-m', 'true']).status === 0;

/** Runs `kvmtrace`. Opening /dev/kvm fails with ENXIO, as where its driver is gone. */
export async function withoutKvm(
  args: readonly string[],
  { cwd, env }: CliOptions = {},
): Promise<CliResult> {
  // A socket cannot be opened as a file: bound to the device's place it is no device.
  const socket = join(temporary(), 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const command = [process.execPath, MAIN, ...args];
  const hide = [
    '-m',
    '/bin/sh',
    '-c',
    '/bin/mount --bind "$0" /dev/kvm && exec "$@"',
    socket,
    ...command,
  ];
  const [program, ...rest] = isThere ? [UNSHARE, ...hide] : command;
  const { status, stdout, stderr, error } = spawnSync(program!, rest, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 120_000,
  });
  server.close();
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
