import { wideNumber } from '../base/halves.js';
import { DIRTY_GFN, kvmDirtyGfn } from './abi/memory.js';

const ENTRY_WORDS = kvmDirtyGfn.sizeBytes >> 2;
const FLAGS = kvmDirtyGfn.offsets.flags >> 2;
const SLOT = kvmDirtyGfn.offsets.slot >> 2;
const OFFSET_LOW = kvmDirtyGfn.offsets.offset >> 2;
const OFFSET_HIGH = OFFSET_LOW + 1;

/**
 * The ring in which KVM tells which guest pages one vCPU has dirtied (KVM api.rst, 8.29). A page
 * that was told is write-protected again by `Vm.resetDirtyRings()`, which takes the harvested
 * entries back; until then hardware's further writes to it are not told, while those that KVM's
 * instruction emulator makes are told each time. So the same page may come twice in a harvest.
 */
export class DirtyRing {
  readonly entries: number;
  readonly #words: Int32Array;
  #next = 0;

  /** `buffer` is the mmap of the vCPU fd at KVM_DIRTY_LOG_PAGE_OFFSET. */
  constructor(buffer: ArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.entries = buffer.byteLength / kvmDirtyGfn.sizeBytes;
  }

  /**
   * Takes the new entries: into[2i] becomes the slot, into[2i + 1] the page's number within the
   * slot. Returns how many, at most into.length / 2 (call again when it is full). Allocates
   * nothing. After one or more entries the caller must call `Vm.resetDirtyRings()`.
   */
  harvest(into: Float64Array): number {
    const words = this.#words;
    const room = into.length >> 1;
    const mask = this.entries - 1;
    let next = this.#next;
    let count = 0;
    while (count < room) {
      const at = next * ENTRY_WORDS;
      // Atomics: the entry is complete once its flag is seen, and done with before it is reset.
      if (Atomics.load(words, at + FLAGS) !== DIRTY_GFN.KVM_DIRTY_GFN_F_DIRTY) break;
      into[2 * count] = words[at + SLOT]! & 0xffff;
      into[2 * count + 1] = wideNumber(words[at + OFFSET_LOW]!, words[at + OFFSET_HIGH]!);
      Atomics.store(words, at + FLAGS, DIRTY_GFN.KVM_DIRTY_GFN_F_RESET);
      next = (next + 1) & mask;
      count++;
    }
    this.#next = next;
    return count;
  }
}
