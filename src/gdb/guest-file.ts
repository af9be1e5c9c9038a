/**
 * The guest's own file, which gdb takes symbols and source lines from: it asks for its name
 * (`qXfer:exec-file`) and reads it over the connection (gdb manual, "File-I/O Packets" of hosts, `vFile`).
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { textOfHex } from './hex.js';

const NOT_FOUND = 'F-1,2';
const BAD_DESCRIPTOR = 'F-1,9';
const INVALID = 'F-1,16';
/** The only descriptor: one file is open at a time for each name, and there is one. */
const MOST_BYTES = 0x7000;
const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');

/** What a trace says of the file that it was recorded from. */
export interface GuestIdentity {
  readonly path: string | undefined;
  readonly sha256: string | undefined;
}

/**
 * The path of the guest's file if it is still there, is as it was recorded, and is an ELF: others hold
 * no symbols.
 */
export function findGuestFile({ path, sha256 }: GuestIdentity): string | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  try {
    const bytes = readFileSync(path);
    const isSame = createHash('sha256').update(bytes).digest('hex') === sha256;
    return isSame && bytes.subarray(0, 4).equals(ELF_MAGIC) ? resolve(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Serves one file for reading, and no other. */
export class GuestFile {
  readonly path: string;
  readonly #open = new Map<number, number>();
  #next = 3;

  constructor(path: string) {
    this.path = path;
  }

  /** @param request what follows `vFile:` in the packet */
  answer(request: string): string {
    const colon = request.indexOf(':');
    const operation = request.slice(0, colon);
    const [first = '', second = '', third = ''] = request.slice(colon + 1).split(',');
    switch (operation) {
      case 'setfs':
        return 'F0';
      case 'open':
        return this.#openFile(textOfHex(first), parseInt(second, 16));
      case 'pread':
        return this.#read(parseInt(first, 16), parseInt(second, 16), parseInt(third, 16));
      case 'fstat':
        return this.#status(parseInt(first, 16));
      case 'close':
        return this.#close(parseInt(first, 16));
      default:
        return '';
    }
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #openFile(path: string, flags: number): string {
    if (path !== this.path) return NOT_FOUND;
    // Reading only: other flags would write.
    if (flags !== 0) return 'F-1,1e';
    try {
      this.#open.set(this.#next, openSync(this.path, 'r'));
    } catch {
      return NOT_FOUND;
    }
    return `F${(this.#next++).toString(16)}`;
  }

  #read(descriptor: number, count: number, offset: number): string {
    const file = this.#open.get(descriptor);
    if (file === undefined) return BAD_DESCRIPTOR;
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(offset)) return INVALID;
    const bytes = Buffer.alloc(Math.min(count, MOST_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, offset);
    return `F${length.toString(16)};${bytes.toString('latin1', 0, length)}`;
  }

  /** `struct stat` of the protocol: 64 bytes, big-endian, of which gdb uses the size. */
  #status(descriptor: number): string {
    const file = this.#open.get(descriptor);
    if (file === undefined) return BAD_DESCRIPTOR;
    const { size, mode } = fstatSync(file);
    const status = Buffer.alloc(64);
    status.writeUInt32BE(mode, 8);
    status.writeBigUInt64BE(BigInt(size), 28);
    return `F${status.length.toString(16)};${status.toString('latin1')}`;
  }

  #close(descriptor: number): string {
    const file = this.#open.get(descriptor);
    if (file === undefined) return BAD_DESCRIPTOR;
    closeSync(file);
    this.#open.delete(descriptor);
    return 'F0';
  }
}
