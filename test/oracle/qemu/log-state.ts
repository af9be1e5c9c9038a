/**
 * One register dump of QEMU's log (`-d cpu`, x86_cpu_dump_state): columns are fixed, in one layout
 * for 64-bit code and one for all other code, which shows neither upper halves nor r8 to r15.
 */
import { SystemState } from './system-state.js';

const RAX = [0x52, 0x41, 0x58, 0x3d];
const EAX = [0x45, 0x41, 0x58, 0x3d];

/** Bytes of a line of four registers, and of one register in it, with the space behind. */
const LINE64 = 84;
const COLUMN64 = 21;
const LINE32 = 52;
const COLUMN32 = 13;

/** QEMU's order of registers, as places in struct kvm_regs: rax rbx rcx rdx, rsi rdi rbp rsp, r8… */
const ORDER = [0, 1, 2, 3, 4, 5, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

const DIGITS = new Uint8Array(256);
for (let i = 0; i < 16; i++) DIGITS[i.toString(16).charCodeAt(0)] = i;

/** Registers before an instruction, as QEMU logs them. Reused from dump to dump. */
export class LogState {
  /** General registers, rip (16) and rflags (17), low and high words by turns. */
  readonly words = new Uint32Array(36);
  /** 64 or 32: how much of the general registers the dump shows. */
  width: 32 | 64 = 32;
  /** Registers that the dump shows: 8 or 16. */
  count = 8;
  /** Segment and control registers. */
  readonly system = new SystemState();
  /** The system registers are not those of the dump that was last compared, which clears this. */
  systemChanged = false;

  /** Parses the dump at `start`; returns where it ends, or -1 if there is none. */
  parse(log: Buffer, start: number): number {
    if (startsWith(log, start, RAX)) this.#parse64(log, start);
    else if (startsWith(log, start, EAX)) this.#parse32(log, start);
    else return -1;
    const lines = this.width === 64 ? 4 * LINE64 : 2 * LINE32;
    const systemStart = log.indexOf(10, start + lines) + 1;
    if (this.system.update(log, systemStart)) this.systemChanged = true;
    return this.system.end;
  }

  #parse64(log: Buffer, start: number): void {
    this.width = 64;
    this.count = 16;
    for (let i = 0; i < 16; i++) {
      const at = start + (i >> 2) * LINE64 + (i & 3) * COLUMN64 + 4;
      this.#set(ORDER[i]!, hex8(log, at), hex8(log, at + 8));
    }
    const last = start + 4 * LINE64;
    this.#set(16, hex8(log, last + 4), hex8(log, last + 12));
    this.#set(17, 0, hex8(log, last + COLUMN64 + 4));
  }

  #parse32(log: Buffer, start: number): void {
    this.width = 32;
    this.count = 8;
    for (let i = 0; i < 8; i++) {
      const at = start + (i >> 2) * LINE32 + (i & 3) * COLUMN32 + 4;
      this.#set(ORDER[i]!, 0, hex8(log, at));
    }
    const last = start + 2 * LINE32;
    this.#set(16, 0, hex8(log, last + 4));
    this.#set(17, 0, hex8(log, last + COLUMN32 + 4));
  }

  #set(register: number, high: number, low: number): void {
    this.words[2 * register] = low;
    this.words[2 * register + 1] = high;
  }
}

function startsWith(log: Buffer, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => log[at + i] === byte);
}

function hex8(log: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = (value << 4) | DIGITS[log[i]!]!;
  return value >>> 0;
}
