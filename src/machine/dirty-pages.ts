import { PAGE_BYTES } from '../base/page.js';
import type { DirtyRing } from '../kvm/dirty-ring.js';
import type { Vm } from '../kvm/vm.js';
import type { RamSlot } from './linear-memory.js';

/** How the pages that a step wrote are learnt from KVM. */
export type DirtyMode = 'ring' | 'log';

/**
 * The set of pages written since `clear`. `collect` is called after every KVM_RUN; a page counts
 * once however often it is written.
 */
export abstract class DirtyPages {
  readonly slots: readonly RamSlot[];
  /** Index into `slots` of page i. */
  slotOf = new Uint8Array(64);
  /** Number within its slot of page i. */
  pageOf = new Float64Array(64);
  count = 0;
  /** Per slot and page, the set (by number) that the page was last put into. */
  readonly #stamps: readonly Uint32Array[];
  #set = 1;

  constructor(slots: readonly RamSlot[]) {
    this.slots = slots;
    this.#stamps = slots.map((slot) => new Uint32Array(slot.size / PAGE_BYTES));
  }

  /** Adds what KVM has reported since the last call. */
  abstract collect(): void;

  clear(): void {
    this.count = 0;
    this.#set = (this.#set + 1) >>> 0;
  }

  /** Puts the pages in order of their gpa: the order in which KVM reports them is its own. */
  sort(): void {
    if (this.count < 2) return;
    const order = Array.from({ length: this.count }, (_, i) => ({
      slot: this.slotOf[i]!,
      page: this.pageOf[i]!,
      at: this.gpaPage(i),
    }));
    order.sort((a, b) => a.at - b.at);
    order.forEach(({ slot, page }, i) => {
      this.slotOf[i] = slot;
      this.pageOf[i] = page;
    });
  }

  /** The page's number in guest-physical memory. */
  gpaPage(i: number): number {
    return this.slots[this.slotOf[i]!]!.gpa / PAGE_BYTES + this.pageOf[i]!;
  }

  /** Adds a page that user space wrote, which KVM does not report. */
  note(slotIndex: number, page: number): void {
    this.add(slotIndex, page);
  }

  protected add(slotIndex: number, page: number): void {
    const stamps = this.#stamps[slotIndex]!;
    if (stamps[page] === this.#set) return;
    stamps[page] = this.#set;
    if (this.count === this.slotOf.length) this.#grow();
    this.slotOf[this.count] = slotIndex;
    this.pageOf[this.count] = page;
    this.count++;
  }

  #grow(): void {
    const slotOf = new Uint8Array(this.slotOf.length * 2);
    slotOf.set(this.slotOf);
    const pageOf = new Float64Array(this.pageOf.length * 2);
    pageOf.set(this.pageOf);
    this.slotOf = slotOf;
    this.pageOf = pageOf;
  }
}

/** KVM_CAP_DIRTY_LOG_RING: KVM appends what is written; nothing is scanned. */
export class RingDirtyPages extends DirtyPages {
  readonly #ring: DirtyRing;
  readonly #vm: Vm;
  readonly #entries = new Float64Array(2 * 512);
  /** KVM slot number → index into `slots`. */
  readonly #indexOf = new Int32Array(64).fill(-1);

  constructor(slots: readonly RamSlot[], ring: DirtyRing, vm: Vm) {
    super(slots);
    this.#ring = ring;
    this.#vm = vm;
    slots.forEach((slot, index) => {
      this.#indexOf[slot.slot] = index;
    });
  }

  override collect(): void {
    const entries = this.#entries;
    let harvested = this.#ring.harvest(entries);
    if (harvested === 0) return;
    while (harvested > 0) {
      for (let i = 0; i < harvested; i++) {
        const index = this.#indexOf[entries[2 * i]!]!;
        if (index >= 0) this.add(index, entries[2 * i + 1]!);
      }
      harvested = this.#ring.harvest(entries);
    }
    // Without the reset a page that is written again would not be reported again.
    this.#vm.resetDirtyRings();
  }
}

/** KVM_GET_DIRTY_LOG: a bitmap per slot, for a KVM without the ring. */
export class LogDirtyPages extends DirtyPages {
  readonly #vm: Vm;
  readonly #bitmaps: readonly { bytes: Uint8Array; words: Int32Array }[];

  constructor(slots: readonly RamSlot[], vm: Vm) {
    super(slots);
    this.#vm = vm;
    this.#bitmaps = slots.map((slot) => {
      const bytes = new Uint8Array(Math.ceil(slot.size / PAGE_BYTES / 64) * 8);
      return { bytes, words: new Int32Array(bytes.buffer) };
    });
  }

  override collect(): void {
    for (let index = 0; index < this.slots.length; index++) {
      const { bytes, words } = this.#bitmaps[index]!;
      this.#vm.getDirtyLog(this.slots[index]!.slot, bytes);
      for (let i = 0; i < words.length; i++) {
        for (let word = words[i]!; word !== 0; word &= word - 1) {
          this.add(index, i * 32 + 31 - Math.clz32(word & -word));
        }
      }
    }
  }
}
