import { wideNumber } from '../../../base/halves.js';
import { PAGE_BYTES } from '../../../base/page.js';
import { closeSync, openSync, readSync } from 'node:fs';
import { fillMapping, repeat } from '../../fill.js';
import { mmap, mmapInto, munmap, threadPageFaults, type Mapping } from '../../libc.js';
import {
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from '../../mmap-flags.js';
import type { EmulatedMachine } from './machine.js';
import { OP, SYS } from './protocol.js';

const READ_WRITE = PROT_READ | PROT_WRITE;
const MFD_CLOEXEC = 1;

/** The file full of the pattern, which is mapped over and over. */
export const FILE_BYTES = 2 << 20;

/** Documentation/admin-guide/mm/pagemap.rst, in the upper half of an entry. */
const PRESENT_OR_SWAPPED = 0xc000_0000;
const OF_FILE = 0x2000_0000;

/** Entries of the pagemap that are read at a time: into one array, as new memory means page faults. */
const SOME_PAGES = 1 << 15;
const entries = new Uint32Array(2 * SOME_PAGES);

/** More than these are told of by one call for all. */
const FEW_PAGES = 8;

/** Copied pages that the agent tells of at a time. */
const ROOM = 4096;

/**
 * Memory full of a pattern that costs only what is written to, as `fillMapping` makes it: both here and
 * in the agent one small file is mapped privately over and over, and a page becomes a page of its own
 * when it is first written. From then on both sides share the agent's. So pages that this process
 * wrote have to be sent before the guest runs, and those that the guest wrote received after.
 */
export class CopiedMemory implements Disposable {
  readonly mapping: Mapping;
  readonly #machine: EmulatedMachine;
  readonly #pages: number;
  readonly #agentAddress: number;
  /** What the agent has told of: its count of page faults, then a bit a page. */
  readonly #state: Mapping;
  readonly #known: Uint32Array;
  readonly #pagemap: number;
  #faults = -1;

  constructor(machine: EmulatedMachine, sizeBytes: number, pattern: Uint8Array) {
    this.#machine = machine;
    this.#pages = sizeBytes / PAGE_BYTES;
    this.#agentAddress = mapThere(machine, sizeBytes, pattern);
    this.#state = machine.window.map(8 + Math.ceil(this.#pages / 64) * 8);
    this.#known = new Uint32Array(this.#state.buffer, 8);
    this.#pagemap = openSync('/proc/self/pagemap', 'r');
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    this.mapping = mmap({ length: sizeBytes, protection: READ_WRITE, flags });
    fillMapping(this.mapping, pattern);
  }

  /** What the agent calls an address in it. */
  agentAddress(address: bigint): number | undefined {
    const offset = address - this.mapping.address;
    if (offset < 0n || offset >= BigInt(this.mapping.buffer.byteLength)) return undefined;
    return this.#agentAddress + Number(offset);
  }

  /** Shows the agent what this process has written. */
  send(): void {
    // Writing to a page for the first time is a page fault of this thread.
    const faults = threadPageFaults();
    if (faults === this.#faults) return;
    for (const page of this.#writtenHere()) {
      const { arena, arenaAgentAddress } = this.#machine;
      const at = page * PAGE_BYTES;
      const bytes = new Uint8Array(this.mapping.buffer, at, PAGE_BYTES);
      new Uint8Array(arena.buffer).set(bytes);
      const there = this.#agentAddress + at;
      this.#machine.checked('copy', OP.copy, there, arenaAgentAddress, PAGE_BYTES);
      const [number] = this.#machine.pageNumbers(there, 1);
      this.#share(page, number!);
    }
    this.#faults = threadPageFaults();
  }

  /** Shows this process what the guest has written. */
  receive(): void {
    const { arena, arenaAgentAddress, window } = this.#machine;
    const state = window.agentAddress(this.#state.address)!;
    const words = new Uint32Array(arena.buffer, 0, 4 * ROOM);
    for (let found = ROOM; found === ROOM;) {
      const request = [this.#agentAddress, this.#pages, state, arenaAgentAddress, ROOM] as const;
      found = this.#machine.checked('pagemap', OP.copied, ...request);
      for (let i = 0; i < found; i++) {
        this.#share(words[4 * i]!, wideNumber(words[4 * i + 2]!, words[4 * i + 3]!));
      }
    }
  }

  /** Makes QEMU forget what it translated of code there: see OP_REWRITE in agent/protocol.h. */
  rewrite(offset: number, sizeBytes: number): void {
    const first = Math.floor(offset / PAGE_BYTES);
    const end = Math.ceil((offset + sizeBytes) / PAGE_BYTES);
    if (end - first > FEW_PAGES) {
      const state = this.#machine.window.agentAddress(this.#state.address)!;
      this.#machine.call(OP.rewriteCopied, this.#agentAddress, this.#pages, state);
      return;
    }
    // Pages that are not known yet are written there by `send`.
    for (let page = first; page < end; page++) {
      if (!this.#isKnown(page)) continue;
      this.#machine.call(OP.rewrite, this.#agentAddress + page * PAGE_BYTES, PAGE_BYTES / 8);
    }
  }

  #isKnown(page: number): boolean {
    return (this.#known[page >> 5]! & (1 << (page & 31))) !== 0;
  }

  /** Maps the agent's page here. */
  #share(page: number, number: number): void {
    mmapInto(this.mapping, page * PAGE_BYTES, {
      ...{ length: PAGE_BYTES, protection: READ_WRITE, flags: MAP_SHARED },
      ...{ fd: this.#machine.ramFd, offset: number * PAGE_BYTES },
    });
    this.#known[page >> 5]! |= 1 << (page & 31);
  }

  /** Pages of this process's own, which the agent does not know. */
  #writtenHere(): number[] {
    const position = Number(this.mapping.address / BigInt(PAGE_BYTES)) * 8;
    const pages: number[] = [];
    for (let first = 0; first < this.#pages; first += SOME_PAGES) {
      const count = Math.min(SOME_PAGES, this.#pages - first);
      readSync(this.#pagemap, entries, 0, count * 8, position + first * 8);
      for (let i = 0; i < count; i++) {
        const entry = entries[2 * i + 1]!;
        if ((entry & PRESENT_OR_SWAPPED) === 0 || (entry & OF_FILE) !== 0) continue;
        if (!this.#isKnown(first + i)) pages.push(first + i);
      }
    }
    return pages;
  }

  [Symbol.dispose](): void {
    closeSync(this.#pagemap);
    munmap(this.mapping);
    if (this.#machine.isGone) {
      munmap(this.#state);
      return;
    }
    this.#machine.window.unmap(this.#state);
    this.#machine.release(SYS.munmap, this.#agentAddress, this.#pages * PAGE_BYTES);
  }
}

/** Maps a file full of the pattern over and over in the agent. Returns where. */
function mapThere(machine: EmulatedMachine, sizeBytes: number, pattern: Uint8Array): number {
  repeat(new Uint8Array(machine.arena.buffer, 0, FILE_BYTES), pattern);
  const arena = machine.arenaAgentAddress;
  const name = arena + FILE_BYTES;
  new Uint8Array(machine.arena.buffer, FILE_BYTES).set(Buffer.from('fill\0'));
  const file = machine.checked('memfd_create', SYS.memfd_create, name, MFD_CLOEXEC);
  machine.checked('write', SYS.write, file, arena, FILE_BYTES);
  const reserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const address = machine.checked('mmap', SYS.mmap, 0, sizeBytes, PROT_NONE, reserve, -1, 0);
  machine.checked('mmap', OP.tile, address, sizeBytes, file, FILE_BYTES);
  machine.call(SYS.close, file);
  return address;
}
