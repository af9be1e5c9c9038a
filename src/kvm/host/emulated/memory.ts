/** The memory of guests: pieces of the window, and memory full of a pattern. */
import { checkPattern, repeat } from '../../fill.js';
import { munmap, type Mapping } from '../../libc.js';
import { CopiedMemory, FILE_BYTES } from './copied-memory.js';
import type { EmulatedMachine } from './machine.js';
import { OP, WINDOW_ADDRESS } from './protocol.js';
import type { Range } from './window.js';

const WORD_BYTES = 8;

/** Hands out memory that guests of the emulated machine can have, and keeps copies right. */
export class EmulatedMemory {
  readonly #machine: EmulatedMachine;
  readonly #copied = new Map<Mapping, CopiedMemory>();
  /** Of each piece of the window, how often a guest had been run before it was handed out. */
  readonly #pieces = new Map<Mapping, number>();
  #runs = 0;

  constructor(machine: EmulatedMachine) {
    this.#machine = machine;
  }

  /** See `KvmHost.mapMemory`. */
  map(sizeBytes: number, fill: Uint8Array | undefined): Mapping {
    if (fill !== undefined) checkPattern(fill);
    if (fill !== undefined && sizeBytes > FILE_BYTES) {
      const memory = new CopiedMemory(this.#machine, sizeBytes, fill);
      this.#copied.set(memory.mapping, memory);
      return memory.mapping;
    }
    const mapping = this.#machine.window.map(sizeBytes);
    if (fill !== undefined) repeat(new Uint8Array(mapping.buffer), fill);
    this.#pieces.set(mapping, this.#runs);
    return mapping;
  }

  /** Gives memory back; of a machine that is gone too. */
  unmap(mapping: Mapping): void {
    const copied = this.#copied.get(mapping);
    if (copied !== undefined) {
      this.#copied.delete(mapping);
      copied[Symbol.dispose]();
      return;
    }
    const { window, isGone } = this.#machine;
    if (isGone) {
      munmap(mapping);
    } else {
      // What ran there must not run for whoever gets it next.
      if (this.#hasRun(mapping)) this.#rewrite(window.rangeOf(mapping));
      window.unmap(mapping);
    }
    this.#pieces.delete(mapping);
  }

  /** A guest is about to be run. */
  noteRun(): void {
    this.#runs++;
  }

  /** See `KvmHost.wrote`. */
  wrote(address: bigint, sizeBytes: number): void {
    for (const [mapping, memory] of this.#copied) {
      const offset = offsetIn(mapping, address);
      if (offset !== undefined) memory.rewrite(offset, sizeBytes);
    }
    for (const mapping of this.#pieces.keys()) {
      const offset = offsetIn(mapping, address);
      if (offset === undefined || !this.#hasRun(mapping)) continue;
      const start = this.#machine.window.rangeOf(mapping).start + offset;
      this.#rewrite({ start, length: sizeBytes });
    }
  }

  /** Whether there is memory that both sides must be shown each other's writes of. */
  get isCopied(): boolean {
    return this.#copied.size > 0;
  }

  /** Calls what may read or write the memory of guests. */
  sharing<T>(call: () => T): T {
    for (const memory of this.#copied.values()) memory.send();
    const result = call();
    for (const memory of this.#copied.values()) memory.receive();
    return result;
  }

  /** What the agent calls an address of this process; undefined for one that it does not see. */
  agentAddress(address: bigint): number | undefined {
    for (const memory of this.#copied.values()) {
      const there = memory.agentAddress(address);
      if (there !== undefined) return there;
    }
    return this.#machine.window.agentAddress(address);
  }

  #hasRun(mapping: Mapping): boolean {
    return this.#pieces.get(mapping) !== this.#runs;
  }

  /** Makes QEMU forget what it translated of code there: see OP_REWRITE in agent/protocol.h. */
  #rewrite(range: Range): void {
    for (const { start, length } of this.#machine.window.used(range)) {
      const first = Math.floor(start / WORD_BYTES);
      const words = Math.ceil((start + length) / WORD_BYTES) - first;
      // A machine that is gone has forgotten all.
      this.#machine.release(OP.rewrite, WINDOW_ADDRESS + first * WORD_BYTES, words);
    }
  }
}

function offsetIn(mapping: Mapping, address: bigint): number | undefined {
  const offset = address - mapping.address;
  return offset >= 0n && offset < BigInt(mapping.buffer.byteLength) ? Number(offset) : undefined;
}
