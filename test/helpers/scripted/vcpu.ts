/** A vCPU that does what a script says, as KVM would show it to the stepper. */
import { highWord, lowWord, wide, wideNumber } from '../../../src/base/halves.js';
import { PAGE_BYTES } from '../../../src/base/page.js';
import { EXIT } from '../../../src/kvm/abi/exit-reason.js';
import type { Access } from '../../../src/machine/access-bus.js';
import { DirtyPages } from '../../../src/machine/dirty-pages.js';
import { LinearMemory, type RamSlot } from '../../../src/machine/linear-memory.js';
import { linearRip, RIP } from '../../../src/machine/register-words.js';
import type { VcpuHost } from '../../../src/machine/vcpu-host.js';
import { gateOf, type Gate } from '../../../src/stepper/gates.js';
import type { Interruption } from '../../../src/trace/format/event-sink.js';
import { REGISTER_RFLAGS } from '../../../src/trace/format/registers.js';
import { isOfDelivery, REGISTER_RSP, splitAt, type DeliverySplit } from './delivery-split.js';
import {
  MEMORY_WORDS,
  REGISTER_WORDS,
  type RareStep,
  type Script,
  type ScriptedAccess,
} from './script.js';
import type { ScriptedState } from './state.js';

const EINTR = -4;

/** Pages that the script says were written, told when they are collected. */
export class ScriptedDirtyPages extends DirtyPages {
  readonly #told: number[] = [];

  /** A page was written: index of its slot, number in it. */
  tell(slot: number, page: number): void {
    this.#told.push(slot, page);
  }

  override collect(): void {
    const told = this.#told;
    if (told.length === 0) return;
    for (let i = 0; i < told.length; i += 2) this.add(told[i]!, told[i + 1]!);
    told.length = 0;
  }
}

/** Where a script stands. */
interface Place {
  readonly step: number;
  /** Deliveries before the step that have been played. */
  readonly delivered: number;
}

/** Plays a script. What cannot be what the script was made of throws. */
export class ScriptedVcpu implements VcpuHost {
  readonly words: Int32Array;
  readonly registers: ScriptedState;
  readonly isEmulated = false;
  readonly bursts = undefined;
  readonly wasEmulated = false;
  exitReason: number = EXIT.KVM_EXIT_UNKNOWN;
  hitBreakpoint = false;
  /** The next step to be played. */
  step = 0;
  readonly #script: Script;
  readonly #slots: readonly RamSlot[];
  readonly #dirty: ScriptedDirtyPages;
  readonly #memory: LinearMemory;
  #delivered = 0;
  /** Where the script stood before the last entry that played something. */
  #before: Place = { step: 0, delivered: 0 };
  /** Accesses of the step that have been made. */
  #accessed = 0;
  #access: Access | undefined;
  #isFree = false;
  #breakpoints: readonly bigint[] = [];
  #injected = -1;
  /** The step that was refused last. */
  #refused = -1;

  constructor(
    script: Script,
    state: ScriptedState,
    slots: readonly RamSlot[],
    dirty: ScriptedDirtyPages,
  ) {
    this.#script = script;
    this.registers = state;
    this.words = state.words;
    this.#slots = slots;
    this.#dirty = dirty;
    this.#memory = new LinearMemory(state.words, slots);
    state.onUndo = () => {
      this.step = this.#before.step;
      this.#delivered = this.#before.delivered;
      this.#accessed = 0;
    };
    state.onSet = () => {
      this.#followCarriedOut();
    };
  }

  enter(): number {
    const { step } = this;
    const script = this.#script;
    this.hitBreakpoint = false;
    const deliveries = script.rare.get(step - 1)?.deliveries;
    if (deliveries !== undefined && this.#delivered < deliveries.length) {
      return this.#deliver(deliveries);
    }
    if (step === script.count) return this.#end();
    const rare = script.rare.get(step);
    if (rare !== undefined) return this.#enterRare(rare);
    this.#keepPlace();
    this.#play(undefined);
    return this.#stop();
  }

  complete(): number {
    if (this.#access === undefined) return EINTR;
    const rare = this.#script.rare.get(this.step)!;
    this.#checkAnswer(rare.accesses[this.#accessed]!, this.#access);
    this.#accessed++;
    this.#access = undefined;
    if (this.#accessed < rare.accesses.length) return this.#exitFor(rare);
    this.#play(rare);
    return this.#stop();
  }

  access(): Access {
    return this.#access!;
  }

  get isInterruptible(): boolean {
    const next = this.#script.rare.get(this.step - 1)?.deliveries[this.#delivered];
    return next?.kind === 'interrupt';
  }

  interrupt(vector: number): void {
    this.#injected = vector;
  }

  shareSystem(): void {
    // Words that nobody asked for do not change.
  }

  runFreely(): void {
    this.#isFree = true;
    this.#breakpoints = [];
  }

  singleStep(): void {
    this.#isFree = false;
    this.#breakpoints = [];
  }

  stepAndBreak(addresses: readonly bigint[]): void {
    this.#isFree = false;
    this.#breakpoints = addresses;
  }

  stepOn(): void {
    // It does what it was told last.
  }

  requestWindow(): void {
    throw new Error('a script is stepped');
  }

  wrote(): void {
    // There are no translations of code.
  }

  #keepPlace(): void {
    if (this.#before.step === this.step && this.#before.delivered === this.#delivered) return;
    this.#before = { step: this.step, delivered: this.#delivered };
  }

  #enterRare(rare: RareStep): number {
    this.#keepPlace();
    if (rare.isRefused && this.#refused !== this.step) {
      this.#refused = this.step;
      this.exitReason = EXIT.KVM_EXIT_INTERNAL_ERROR;
      return 0;
    }
    if (this.#accessed < rare.accesses.length) return this.#exitFor(rare);
    this.#play(rare);
    return this.#stop();
  }

  #exitFor({ accesses }: RareStep): number {
    const { kind, write, address, size, data } = accesses[this.#accessed]!;
    const live = write ? data.slice() : new Uint8Array(data.length);
    this.#access = { kind, write, address, size, data: live };
    this.exitReason = kind === 'port' ? EXIT.KVM_EXIT_IO : EXIT.KVM_EXIT_MMIO;
    return 0;
  }

  #checkAnswer(scripted: ScriptedAccess, { data }: Access): void {
    if (Buffer.compare(scripted.data, data) === 0) return;
    const [was, is] = [scripted.data, data].map((bytes) => Buffer.from(bytes).toString('hex'));
    throw new Error(`step ${this.step} read ${was!} from ${scripted.address}, and now ${is!}`);
  }

  /** Does what the step did, up to the first delivery after it. */
  #play(rare: RareStep | undefined): void {
    const { words, step } = this;
    const script = this.#script;
    const gate = rare?.software === undefined ? undefined : this.#gate(rare.software);
    const first = rare?.deliveries[0];
    const split =
      first === undefined ? undefined : splitAt(first, script, step, words, this.#memory);
    this.step = step + 1;
    this.#delivered = 0;
    this.#accessed = 0;
    this.#apply(step, split, false);
    this.#tellUnchanged(step);
    words[RIP] = script.rips[2 * step + 2]!;
    words[RIP + 1] = script.rips[2 * step + 3]!;
    if (gate !== undefined) this.#stopAt(gate);
    if (split !== undefined) this.#setRegisters(split);
  }

  #setRegisters({ rip, rsp, rflags }: DeliverySplit): void {
    this.registers.put(REGISTER_RSP, lowWord(rsp), highWord(rsp));
    this.registers.put(REGISTER_RFLAGS, rflags, 0);
    this.#setRip(rip);
  }

  #setRip(rip: bigint): void {
    this.words[RIP] = lowWord(rip);
    this.words[RIP + 1] = highWord(rip);
  }

  /** Writes the registers and memory of a step: with a split, the delivery's part or the other. */
  #apply(step: number, split: DeliverySplit | undefined, ofDelivery: boolean): void {
    const { starts, words } = this.#script;
    let at = starts[step]!;
    const registerCount = words[at++]!;
    const memoryCount = words[at++]!;
    for (let i = 0; i < registerCount; i++, at += REGISTER_WORDS) {
      const id = words[at]!;
      if (split !== undefined && isOfDelivery(id) !== ofDelivery) continue;
      this.registers.put(id, words[at + 1]!, words[at + 2]!);
    }
    for (let i = 0; i < memoryCount; i++, at += MEMORY_WORDS) {
      const gpa = wideNumber(words[at]!, words[at + 1]!);
      if (split !== undefined && split.isFrame(gpa) !== ofDelivery) continue;
      this.#write(gpa, words[at + 2]!, words[at + 3]!, words[at + 4]!);
    }
  }

  #write(gpa: number, size: number, low: number, high: number): void {
    const index = this.#slotAt(gpa);
    const slot = this.#slots[index]!;
    const offset = gpa - slot.gpa;
    for (let i = 0; i < size; i++) {
      slot.bytes[offset + i] = (i < 4 ? low : high) >>> (8 * (i & 3));
    }
    this.#dirty.tell(index, Math.floor(offset / PAGE_BYTES));
  }

  #tellUnchanged(step: number): void {
    const pages = this.#script.rare.get(step)?.unchangedPages ?? [];
    for (const page of pages) this.#tell(page * PAGE_BYTES);
  }

  #tell(gpa: number): void {
    const index = this.#slotAt(gpa);
    this.#dirty.tell(index, Math.floor((gpa - this.#slots[index]!.gpa) / PAGE_BYTES));
  }

  #slotAt(gpa: number): number {
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      if (gpa >= slots[i]!.gpa && gpa < slots[i]!.gpa + slots[i]!.size) return i;
    }
    throw new Error(`the script writes to ${gpa}, where there is no memory`);
  }

  /** Delivers the next exception or interrupt, through the gate as it stands in memory. */
  #deliver(deliveries: readonly Interruption[]): number {
    const event = deliveries[this.#delivered]!;
    if (event.kind === 'interrupt' && this.#injected !== event.vector) {
      throw new Error(`before step ${this.step} vector ${event.vector} was interrupted with`);
    }
    const gate = this.#gate(event);
    this.#keepPlace();
    this.#delivered++;
    const step = this.step - 1;
    const next = deliveries[this.#delivered];
    if (next === undefined) {
      const { words } = this;
      this.#apply(step, splitAt(deliveries[0]!, this.#script, step, words, this.#memory), true);
      // The frame may have been there already: the trace does not say whose page it was.
      this.#tellUnchanged(step);
    }
    this.#stopAt(gate);
    return this.#stop();
  }

  #gate({ vector }: Interruption): Gate {
    const gate = gateOf(vector, this.words, this.#memory);
    if (gate === undefined) throw new Error(`step ${this.step}: vector ${vector} has no gate`);
    return gate;
  }

  #stopAt(gate: Gate): void {
    this.#setRip(gate.offset);
  }

  #stop(): number {
    this.exitReason = this.#isFree ? EXIT.KVM_EXIT_HLT : EXIT.KVM_EXIT_DEBUG;
    this.hitBreakpoint =
      this.#breakpoints.length > 0 && this.#breakpoints.includes(linearRip(this.words));
    return 0;
  }

  /** An instruction that was refused has been carried out: registers are set as it leaves them. */
  #followCarriedOut(): void {
    const { step, words } = this;
    const script = this.#script;
    if (this.#refused !== step || script.rare.get(step)?.software !== undefined) return;
    const rip = wide(words[RIP]!, words[RIP + 1]!);
    if (rip !== wide(script.rips[2 * step + 2]!, script.rips[2 * step + 3]!)) return;
    this.step++;
    this.#delivered = 0;
  }

  #end(): number {
    this.#keepPlace();
    switch (this.#script.stopReason) {
      case 'shutdown':
        this.exitReason = EXIT.KVM_EXIT_SHUTDOWN;
        return 0;
      case 'internal-error':
        this.exitReason = EXIT.KVM_EXIT_INTERNAL_ERROR;
        return 0;
      default:
        throw new Error('the script is over');
    }
  }
}
