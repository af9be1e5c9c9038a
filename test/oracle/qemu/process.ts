import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, openSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../helpers/build.js';
import { QEMU } from './version.js';

/** Bytes read at once. */
const CHUNK_BYTES = 1024 ** 2;

/**
 * Runs QEMU and gives its log while it is written, through a FIFO: to a pipe of Node's (a socket) or
 * to its standard error QEMU writes piece by piece, ten times slower.
 */
export async function* runLogged(
  parameters: readonly string[],
  directory: string,
): AsyncGenerator<Buffer> {
  const path = join(directory, 'qemu-log');
  run('mkfifo', path);
  // A writer of our own: opening the FIFO does not wait for QEMU, which may fail before it opens it.
  const keeper = openSync(path, constants.O_RDWR);
  const log = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // Behind the last writer's end an opening would wait for ever.
  await once(log, 'open');
  const qemu = spawn(QEMU, [...parameters, '-D', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  let message = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => (message += text));
  const closed = once(qemu, 'close').finally(() => {
    closeSync(keeper);
  });
  let empty = true;
  try {
    for await (const chunk of log as AsyncIterable<Buffer>) {
      empty = false;
      yield chunk;
    }
    await closed;
    if (empty) throw new Error(`QEMU ran nothing: ${message.trim()}`);
  } finally {
    qemu.kill('SIGKILL');
    await closed.catch(() => undefined);
    log.destroy();
  }
}
