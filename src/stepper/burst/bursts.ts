import { assert } from '../../base/errors.js';
import { PAGE_BYTES } from '../../base/page.js';
import type { BurstHost } from '../../machine/burst-host.js';
import { isUnchanged } from '../../machine/shadow.js';
import type { VcpuControl } from '../vcpu-control.js';
import { CodeTable } from './code-table.js';
import { ARENA, CODES, END, REGS_WORDS, REQUEST, ROOM, SLOT, SLOT_BYTES } from './layout.js';
import { StoreLog } from './store-log.js';

/** Steps of one burst: about 30 ms of them where a step takes 7 µs. */
const MAX_STEPS = 4096;

const RUN = REQUEST.run >> 2;
const MAX_STEPS_WORD = REQUEST.max_steps >> 2;
const STEPS = REQUEST.steps >> 2;
const EVENT_COUNT = REQUEST.event_count >> 2;
const STORE_COUNT = REQUEST.store_count >> 2;
const LAST_STORE = REQUEST.last_store >> 2;
const END_WORD = REQUEST.end >> 2;
const EXIT_CODE = REQUEST.exit_code >> 2;
const REGS = REQUEST.regs >> 2;

/**
 * Bursts of plain steps, run natively. The loop says what each step stored; KVM says at the end which pages
 * were written. Only where the two agree, byte for byte, has a burst happened: otherwise it is undone as a
 * whole, and its steps are made one at a time, asking KVM after each. So a store that the decoder does not
 * know of, or one that KVM makes (an exception's frame), costs time and never a wrong row.
 */
export class Bursts {
  readonly codes: CodeTable;
  readonly stores: StoreLog;
  /** Bursts that were undone because somebody wrote what no instruction explains. */
  unexplained = 0;
  /** Steps that are to be made one at a time. */
  asking = 0;
  readonly #host: BurstHost;
  readonly #control: VcpuControl;
  readonly #restoreSide: () => void;
  readonly #request: Int32Array;
  readonly #regs: Int32Array;
  readonly #before: Int32Array;
  readonly #events: Int32Array;

  constructor(host: BurstHost, control: VcpuControl, restoreSide: () => void) {
    const { buffer } = host;
    this.#host = host;
    this.#control = control;
    this.#restoreSide = restoreSide;
    this.codes = new CodeTable(buffer);
    this.stores = new StoreLog(buffer, control.shadow);
    this.#request = new Int32Array(buffer, ARENA.request, REGS + REGS_WORDS);
    this.#regs = this.#request.subarray(REGS);
    this.#before = control.before.subarray(0, REGS_WORDS);
    this.#events = new Int32Array(buffer, ARENA.events, ROOM.events);
    this.#prepare();
  }

  /** Events of the steps that the last burst has made, as the trace's stream has them; gone with the next. */
  get events(): Int32Array {
    return this.#events.subarray(0, this.#request[EVENT_COUNT]);
  }

  /**
   * Makes up to `limit` steps. Returns how many: that state is before the
   * next step then, as if the stepper had made and accepted each.
   */
  run(limit: number): number {
    const request = this.#request;
    request[MAX_STEPS_WORD] = Math.min(limit, MAX_STEPS);
    this.#regs.set(this.#before);
    this.#control.shareSystem(false);
    this.#host.run();
    this.stores.count = request[STORE_COUNT]!;
    this.stores.last = request[LAST_STORE]!;
    const isPlainEnd = request[END_WORD] !== END.EXIT;
    const steps = request[STEPS]!;
    // It is not a plain one, after all: an exception, or what KVM's emulator lacks.
    if (!isPlainEnd) this.codes.remove(request[EXIT_CODE]!);
    if (!this.#isProven()) {
      if (isPlainEnd) this.unexplained++;
      this.asking = steps + 1;
      this.#undo();
      return 0;
    }
    this.#before.set(this.#regs);
    // The step that did not end as a plain one is made again, by the stepper.
    if (isPlainEnd) this.#control.dirty.clear();
    else this.#undo();
    return steps;
  }

  /** Leaves the loop to another session of the machine, which numbers its code otherwise. */
  release(): void {
    this.codes.clear();
    this.#request[RUN] = this.#request[RUN + 1] = 0;
  }

  /** Puts the vCPU and its memory back to what `before` and the shadow have. */
  #undo(): void {
    const control = this.#control;
    const isReset = control.adoptExit();
    // An access that is pending would be completed at the next entry.
    while (control.exitIsAccess && control.complete() === 0);
    control.undo();
    if (isReset) this.#restoreSide();
    control.stepPlainly();
  }

  /** Whether memory is what the stores of the burst have made of it. Brings the shadow up to date if so. */
  #isProven(): boolean {
    const { dirty, shadow } = this.#control;
    dirty.collect();
    if (!this.stores.apply()) return false;
    for (let i = 0; i < dirty.count; i++) {
      const slot = shadow.slots[dirty.slotOf[i]!]!;
      if (isUnchanged(slot, dirty.pageOf[i]! * PAGE_BYTES, PAGE_BYTES)) continue;
      this.stores.revert();
      return false;
    }
    this.#forgetTranslations();
    return true;
  }

  #forgetTranslations(): void {
    const { stores } = this;
    const { memory, shadow } = this.#control;
    for (let i = 0; i < stores.count; i++) {
      const { gpa } = shadow.slots[stores.slotOf(i)]!;
      memory.written(Math.floor((gpa + stores.offsetOf(i)) / PAGE_BYTES));
    }
  }

  /** What is the same in every request. */
  #prepare(): void {
    const host = this.#host;
    const { buffer, runAddress, descriptor } = host;
    const view = new DataView(buffer);
    const { slots } = this.#control.shadow;
    const there = (offset: number): bigint => host.addressOf(host.address + BigInt(offset));
    assert(view.getBigUint64(REQUEST.run, true) === 0n, 'another session has the burst loop');
    view.setBigUint64(REQUEST.run, runAddress, true);
    view.setBigUint64(REQUEST.codes, there(ARENA.codes), true);
    view.setBigUint64(REQUEST.slots, there(ARENA.slots), true);
    view.setBigUint64(REQUEST.events, there(ARENA.events), true);
    view.setBigUint64(REQUEST.stores, there(ARENA.stores), true);
    view.setUint32(REQUEST.vcpu, descriptor, true);
    view.setUint32(REQUEST.code_mask, CODES - 1, true);
    view.setUint32(REQUEST.slot_count, slots.length, true);
    view.setUint32(REQUEST.event_room, ROOM.events, true);
    view.setUint32(REQUEST.store_room, ROOM.stores, true);
    slots.forEach((slot, i) => {
      const at = ARENA.slots + i * SLOT_BYTES;
      view.setBigUint64(at + SLOT.gpa, BigInt(slot.gpa), true);
      view.setBigUint64(at + SLOT.size, BigInt(slot.size), true);
      view.setBigUint64(at + SLOT.memory, host.addressOf(BigInt(slot.address)), true);
      view.setBigUint64(at + SLOT.writable, slot.readonly === true ? 0n : 1n, true);
    });
  }
}
