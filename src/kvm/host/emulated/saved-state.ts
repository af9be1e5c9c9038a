/**
 * A machine that has booted, in a file: the state of its devices as QEMU writes it, and the RAM of the
 * kernel inside. A machine that starts with it serves at once.
 *
 * The file is MAGIC, the length of the header (4 bytes, little endian), the header (JSON), the devices'
 * state, and the bytes of the runs one after the other.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PAGE_BYTES } from '../../../base/page.js';
import { mmap, munmap, nextData } from '../../libc.js';
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../../mmap-flags.js';

const MAGIC = Buffer.from('kvmtrace-state1\n');
const NO_BYTES = Buffer.alloc(PAGE_BYTES);

interface Header {
  readonly deviceBytes: number;
  /** Offset and length in the RAM's file, of what is not zero. */
  readonly runs: readonly (readonly [number, number])[];
}

/** A saved machine, opened for reading; the RAM is read when it is needed. */
export class SavedState {
  readonly devices: Uint8Array;
  readonly #path: string;
  readonly #header: Header;
  readonly #dataOffset: number;

  private constructor(path: string, header: Header, devices: Uint8Array, dataOffset: number) {
    this.#path = path;
    this.#header = header;
    this.devices = devices;
    this.#dataOffset = dataOffset;
  }

  /** Undefined where there is no such file, or one that is not whole. */
  static read(path: string): SavedState | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined;
    }
    try {
      const start = Buffer.alloc(MAGIC.length + 4);
      readSync(fd, start, 0, start.length, 0);
      if (!start.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
      const text = Buffer.alloc(start.readUInt32LE(MAGIC.length));
      readSync(fd, text, 0, text.length, start.length);
      const header = JSON.parse(text.toString()) as Header;
      const devices = Buffer.alloc(header.deviceBytes);
      readSync(fd, devices, 0, devices.length, start.length + text.length);
      const dataOffset = start.length + text.length + devices.length;
      const ramBytes = header.runs.reduce((sum, [, length]) => sum + length, 0);
      if (fstatSync(fd).size !== dataOffset + ramBytes) return undefined;
      return new SavedState(path, header, devices, dataOffset);
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Writes a state, whole or not at all.
   *
   * @param ramBytes of the RAM's file that count; the others are zero where it is loaded
   * @throws what the file system throws
   */
  static write(
    path: string,
    state: {
      readonly ramFd: number;
      readonly ramBytes: number;
      readonly devices: Uint8Array;
    },
  ): void {
    const { ramFd, ramBytes, devices } = state;
    const runs = usedRuns(ramFd, ramBytes);
    const header: Header = { deviceBytes: devices.length, runs };
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const fd = openSync(temporary, 'wx', 0o600);
      try {
        for (const bytes of [MAGIC, length, text, devices]) writeAll(fd, bytes);
        for (const [offset, bytes] of runs) {
          withRam(ramFd, offset, bytes, (ram) => {
            writeAll(fd, ram);
          });
        }
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Fills the file that is to be a machine's RAM. */
  loadRam(ramFd: number): void {
    const fd = openSync(this.#path, 'r');
    try {
      let position = this.#dataOffset;
      for (const [offset, length] of this.#header.runs) {
        withRam(ramFd, offset, length, (ram) => {
          readSync(fd, ram, 0, length, position);
        });
        position += length;
      }
    } finally {
      closeSync(fd);
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

function withRam(
  fd: number,
  offset: number,
  length: number,
  use: (bytes: Uint8Array) => void,
): void {
  const protection = PROT_READ | PROT_WRITE;
  const mapping = mmap({ length, protection, flags: MAP_SHARED, fd, offset });
  use(new Uint8Array(mapping.buffer));
  munmap(mapping);
}

/** Runs of pages that hold something but zeros. */
function usedRuns(fd: number, length: number): [number, number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < length;) {
    const data = nextData(fd, at);
    if (data === undefined || data.start >= length) break;
    at = Math.min(data.end, length);
    withRam(fd, data.start, at - data.start, (ram) => {
      for (let page = 0; page < ram.length; page += PAGE_BYTES) {
        if (NO_BYTES.equals(ram.subarray(page, page + PAGE_BYTES))) continue;
        const last = runs.at(-1);
        const offset = data.start + page;
        if (last !== undefined && last[0] + last[1] === offset) last[1] += PAGE_BYTES;
        else runs.push([offset, PAGE_BYTES]);
      }
    });
  }
  return runs;
}
