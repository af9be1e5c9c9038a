/** An initramfs in the newc format of cpio (Documentation/driver-api/early-userspace/buffer-format.rst). */

/** A file of the archive, which anyone may execute. */
export interface InitramfsFile {
  readonly name: string;
  readonly data: Uint8Array;
}

const MODE_DIRECTORY = 0o40755;
const MODE_PROGRAM = 0o100755;
const MODE_CHARACTER_DEVICE = 0o20600;
/** /dev/console: where init's standard streams go. */
const CONSOLE_MAJOR = 5;
const CONSOLE_MINOR = 1;

/** Directories for /dev and the files, the console, and the files themselves. */
export function initramfs(files: readonly InitramfsFile[]): Buffer {
  let inode = 1;
  const entry = (
    name: string,
    mode: number,
    data: Uint8Array = new Uint8Array(),
    major = 0,
    minor = 0,
  ) => {
    const nameBytes = Buffer.from(`${name}\0`);
    const fields = [
      ...[inode++, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor],
      ...[nameBytes.length, 0],
    ];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    return Buffer.concat([padded(Buffer.concat([Buffer.from(head), nameBytes])), padded(data)]);
  };
  return Buffer.concat([
    entry('dev', MODE_DIRECTORY),
    entry('dev/console', MODE_CHARACTER_DEVICE, undefined, CONSOLE_MAJOR, CONSOLE_MINOR),
    ...files.map(({ name, data }) => entry(name, MODE_PROGRAM, data)),
    entry('TRAILER!!!', 0),
  ]);
}

/** To a multiple of 4 bytes. */
function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
