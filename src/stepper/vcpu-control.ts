import { wide, lowWord, highWord } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { kvmRegs, kvmSregs, type Sregs } from '../kvm/abi/registers.js';
import { assert } from '../base/errors.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import { unmarkPointerTable } from './pointer-table.js';
import { CodeStops } from './code-stops.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import {
  IDT,
  linearRip,
  MACHINE_WORDS,
  RCX,
  RFLAGS,
  RIP,
  SREGS,
  STEPPING_FLAGS,
} from '../machine/register-words.js';
import type { Shadow } from '../machine/shadow.js';
import type { VcpuHost } from '../machine/vcpu-host.js';

const EINTR = -4;
const EAGAIN = -11;

/** What `enter` returns when a signal came first. */
export const INTERRUPTED = EINTR;

/** The vCPU that is entered, and its memory. */
export interface VcpuControlOptions {
  readonly vcpu: VcpuHost;
  readonly memory: LinearMemory;
  readonly dirty: DirtyPages;
  readonly shadow: Shadow;
  readonly stepsByTrapFlag: boolean;
}

/** DR0 to DR3. */
const HARDWARE_BREAKPOINTS = 4;
/** More than there are exceptions. */
const MANY = 32;

/** KVM_RUN has been interrupted again and again for this long without any other exit. */
const STUCK_MS = 5000;
/** And this often: a process that was stopped meanwhile is not stuck. */
const STUCK_SIGNALS = 20;

const CR0_PG = 1n << 31n;
/** Any bit of its address: without paging nothing looks at CR3. */
const OTHER_CR3 = 0x1000n;

/** A KVM_RUN that does not come back by itself. */
export class StuckError extends Error {}

/** The limit of the IDT, in its word. */
const IDT_LIMIT = IDT + 2;
const LIMIT_BITS = 0xffff;

/**
 * The vCPU with the registers and memory of before the step: runs it, and undoes what it ran.
 *
 * Where KVM steps by the guest's trap flag (VMX, SVM), a guest handler would run without being
 * stepped: delivery clears TF, and nothing tells. So there the vCPU has an IDT with the limit 0 while it
 * is stepped plainly, and every exception becomes a shutdown: nothing is pushed, nothing runs, and the
 * step can be undone and run again with the gates watched. `words` have the guest's limit all the
 * time.
 */
export class VcpuControl {
  /** KVM steps by TF here, and handlers are kept from running as said above. */
  readonly stepsByTrapFlag: boolean;
  readonly vcpu: VcpuHost;
  readonly memory: LinearMemory;
  readonly dirty: DirtyPages;
  readonly shadow: Shadow;
  /** The registers, live. */
  readonly words: Int32Array;
  /** The registers before the step, without the flags that stepping leaves. */
  readonly before = new Int32Array(MACHINE_WORDS);
  /** Why the last entry ended (EXIT). */
  exitReason = 0;
  /** The last entry ended at a HLT that stands for a breakpoint. */
  #hitStop = false;
  #sharesSystem = false;
  readonly #stops: CodeStops;
  /** The vCPU's IDT has the limit 0, and not the one in `words`. */
  #hidesIdt = false;
  /** While it has: the guest's. */
  #idtLimit = 0;
  /** A shutdown has reset the vCPU, and its registers have not been set since. */
  #isReset = false;
  /**
   * The guest runs on between exits of its own. Then it is no fault that a KVM_RUN does not come back, and
   * pages are collected where somebody needs to know them.
   */
  isFree = false;
  /** Interrupted KVM_RUNs since the last other exit. */
  #signals = 0;
  #interruptedSince = 0;
  #lastCount = 0;

  constructor({ vcpu, memory, dirty, shadow, stepsByTrapFlag }: VcpuControlOptions) {
    this.stepsByTrapFlag = stepsByTrapFlag;
    this.vcpu = vcpu;
    this.memory = memory;
    this.dirty = dirty;
    this.shadow = shadow;
    this.#stops = new CodeStops(vcpu, memory);
    this.words = vcpu.words;
  }

  /**
   * Whether entries share segment and control registers, which costs KVM half a microsecond, or only the
   * general ones; the others then stay in `words` as they were.
   */
  shareSystem(on: boolean): void {
    if (on === this.#sharesSystem) return;
    this.#sharesSystem = on;
    this.vcpu.shareSystem(on);
  }

  /** KVM_RUN, then the pages it dirtied. Returns 0, INTERRUPTED, or a negative errno. */
  enter(): number {
    const result = this.#after(this.vcpu.enter());
    if (result === INTERRUPTED && !this.isFree) this.#checkProgress();
    return result;
  }

  #after(result: number): number {
    const { vcpu } = this;
    this.exitReason = vcpu.exitReason;
    if (this.#hidesIdt && this.#sharesSystem) this.#restoreLimit();
    if (result === 0 && this.stepsByTrapFlag) {
      if (this.exitReason === EXIT.KVM_EXIT_SHUTDOWN) this.#isReset = true;
      if (this.exitReason === EXIT.KVM_EXIT_DEBUG && vcpu.wasEmulated) vcpu.stepOn();
      this.#tellStop();
    }
    if (this.isFree) return result === EAGAIN ? INTERRUPTED : result;
    this.dirty.collect();
    if (vcpu.isEmulated && this.dirty.count !== 0) {
      unmarkPointerTable(this.words, this.dirty, this.shadow);
    }
    if (result !== EINTR && result !== EAGAIN) {
      this.#signals = 0;
      return result;
    }
    return INTERRUPTED;
  }

  /** How many places `stepAndBreak` can stop at. */
  get maxBreakpoints(): number {
    return this.stepsByTrapFlag ? MANY : HARDWARE_BREAKPOINTS;
  }

  /** Makes the exit of a HLT that stands for a breakpoint what that of a breakpoint is. */
  #tellStop(): void {
    this.#hitStop = false;
    if (this.exitReason !== EXIT.KVM_EXIT_HLT) return;
    if (!this.#stops.haltedAt(linearRip(this.words))) return;
    const rip = wide(this.words[RIP]!, this.words[RIP + 1]!);
    this.words[RIP] = lowWord(rip - 1n);
    this.words[RIP + 1] = highWord(rip - 1n);
    this.writeBack();
    this.exitReason = EXIT.KVM_EXIT_DEBUG;
    this.#hitStop = true;
  }

  #checkProgress(): void {
    const now = performance.now();
    // Of a string instruction, elements that are left.
    const count = this.words[RCX]!;
    if (count !== this.#lastCount) this.#signals = 0;
    this.#lastCount = count;
    if (this.#signals++ === 0) this.#interruptedSince = now;
    if (now - this.#interruptedSince > STUCK_MS && this.#signals > STUCK_SIGNALS) {
      this.#signals = 0;
      throw new StuckError('KVM_RUN does not come back');
    }
  }

  /**
   * Completes a pending access and runs nothing further (rule 3). Returns as `enter` does: 0 where
   * another exit came (a further piece of the access, or the debug exit after it).
   */
  complete(): number {
    return this.#after(this.vcpu.complete());
  }

  get exitIsAccess(): boolean {
    const reason = this.exitReason;
    return reason === EXIT.KVM_EXIT_IO || reason === EXIT.KVM_EXIT_MMIO;
  }

  /** After a debug exit: a breakpoint ended the run, not the step. */
  get hitBreakpoint(): boolean {
    return this.#hitStop || this.vcpu.hitBreakpoint;
  }

  /** rip has not moved since the step began. */
  get stayed(): boolean {
    return this.words[RIP] === this.before[RIP] && this.words[RIP + 1] === this.before[RIP + 1];
  }

  /** No general register has moved: what repeats makes no progress. */
  get unchanged(): boolean {
    for (let i = 0; i < RFLAGS; i++) {
      if (this.words[i] !== this.before[i]) return false;
    }
    return true;
  }

  /** Steps plainly. Takes breakpoints away: one that stays fires again at the same rip (rule 6). */
  stepPlainly(): void {
    this.#stops.clear();
    this.hideIdt();
    this.vcpu.singleStep();
  }

  /** Has KVM step on, after what made it forget to (rule 7). */
  keepStepping(): void {
    if (this.stepsByTrapFlag) this.vcpu.singleStep();
  }

  /** Has exceptions end in a shutdown, where KVM steps by TF. */
  hideIdt(): void {
    if (!this.stepsByTrapFlag || this.#hidesIdt) return;
    this.#idtLimit = this.words[IDT_LIMIT]! & LIMIT_BITS;
    this.#hidesIdt = true;
    this.#setSregs();
  }

  /** Has exceptions go through the guest's gates. */
  showIdt(): void {
    if (!this.#hidesIdt) return;
    this.#hidesIdt = false;
    this.#setSregs();
  }

  /** Calls what reads the vCPU's state from KVM, for a snapshot. */
  withIdtShown<T>(read: () => T): T {
    const wasHidden = this.#hidesIdt;
    this.showIdt();
    try {
      return read();
    } finally {
      if (wasHidden) this.hideIdt();
    }
  }

  #restoreLimit(): void {
    const limit = this.words[IDT_LIMIT]! & LIMIT_BITS;
    // A shutdown of SVM's resets the vCPU, and its IDT with it.
    const isReset = this.exitReason === EXIT.KVM_EXIT_SHUTDOWN;
    assert(limit === 0 || isReset, `the IDT's limit is ${limit} and should be hidden`);
    this.words[IDT_LIMIT] = (this.words[IDT_LIMIT]! & ~LIMIT_BITS) | this.#idtLimit;
  }

  /** Steps, and stops before the instructions at up to `maxBreakpoints` linear addresses. */
  stepAndBreak(addresses: readonly bigint[]): void {
    if (this.stepsByTrapFlag) this.#stops.set(addresses);
    this.vcpu.stepAndBreak(addresses);
  }

  /** Runs without stepping, but stops before the instructions at up to four linear addresses. */
  runFreely(stopBefore: readonly bigint[] = []): void {
    if (this.vcpu.isEmulated) this.#stops.set(stopBefore);
    else this.#stops.clear();
    this.vcpu.runFreely(stopBefore);
  }

  /** Runs without stepping, and stops before the instruction at a linear address of level 0. */
  runTo(address: bigint): void {
    this.#stops.set([address]);
    this.vcpu.runFreely();
  }

  /** Takes over the registers from KVM, as the state before the first step. */
  start(): void {
    const { registers } = this.vcpu;
    this.#sharesSystem = true;
    this.vcpu.shareSystem(true);
    registers.getRegs(kvmRegs.over(byteView(this.words, 0, SREGS)));
    registers.getSregs(kvmSregs.over(byteView(this.words, SREGS, MACHINE_WORDS)));
    this.before.set(this.words);
    this.before[RFLAGS]! &= ~STEPPING_FLAGS;
    this.stepPlainly();
  }

  /** Writes a byte of guest memory in the guest's place, as a change of the step. */
  writeByte(address: bigint, value: number): void {
    const { memory, dirty } = this;
    if (!memory.locate(lowWord(address), highWord(address))) return;
    memory.bytes[memory.offset] = value;
    const slotIndex = memory.slots.findIndex((slot) => slot.bytes === memory.bytes);
    dirty.note(slotIndex, memory.offset >>> 12);
  }

  /** What lay at an address before the step; undefined where there is no RAM. */
  readBefore(address: bigint, size: number): bigint | undefined {
    const { memory, shadow } = this;
    let value = 0n;
    for (let i = 0n; i < size; i++) {
      if (!memory.locate(lowWord(address + i), highWord(address + i))) return undefined;
      const slot = memory.slots.findIndex(({ bytes }) => bytes === memory.bytes);
      value |= BigInt(shadow.slots[slot]!.shadowBytes[memory.offset]!) << (8n * i);
    }
    return value;
  }

  /** Writes changed `words` back into the vCPU. Stepping must be asked for again (rule 7). */
  writeBack(): void {
    this.#setSregs();
    this.vcpu.registers.setRegs(kvmRegs.over(byteView(this.words, 0, SREGS).slice()));
  }

  /** Segment and control registers, and the descriptor tables'. */
  #setSregs(): void {
    const sregs = kvmSregs.over(byteView(this.words, SREGS, MACHINE_WORDS).slice());
    if (this.#hidesIdt) sregs.idt.limit = 0;
    // KVM only ever adds bits to those in the run page: an interrupt that a signal kept waiting at an
    // earlier exit would be delivered a second time.
    sregs.interruptBitmap.fill(0n);
    if (this.#isReset) this.#reloadMmu(sregs);
    this.vcpu.registers.setSregs(sregs);
  }

  /**
   * SVM clears the whole VMCB at a shutdown, with the root of the nested page tables in it, and KVM loads
   * that again only where control registers change (shutdown_interception, __set_sregs_common; 6.1):
   * where a guest without paging has what a reset leaves, its next fetch would fault again and again.
   */
  #reloadMmu(sregs: Sregs): void {
    this.#isReset = false;
    if ((sregs.cr0 & CR0_PG) !== 0n) return;
    const { cr3 } = sregs;
    sregs.cr3 = cr3 ^ OTHER_CR3;
    this.vcpu.registers.setSregs(sregs);
    sregs.cr3 = cr3;
  }

  /** Takes over how an entry ended that was not made here. Returns whether it has reset the vCPU. */
  adoptExit(): boolean {
    this.exitReason = this.vcpu.exitReason;
    const isReset = this.stepsByTrapFlag && this.exitReason === EXIT.KVM_EXIT_SHUTDOWN;
    if (isReset) this.#isReset = true;
    return isReset;
  }

  /** Puts registers and memory back as they were before the step, with no event pending. */
  undo(): void {
    const { vcpu, dirty } = this;
    this.#stops.clear();
    for (let i = 0; i < dirty.count; i++)
      this.shadow.restore(dirty.slotOf[i]!, dirty.pageOf[i]!, vcpu);
    dirty.clear();
    this.memory.flush();
    // A stepped-over HLT of the handler leaves the vCPU halted (rule 1).
    const { registers } = vcpu;
    registers.setMpState(0);
    const events = registers.getVcpuEvents();
    events.exception.injected = 0;
    events.exception.pending = 0;
    events.interrupt.injected = 0;
    events.interrupt.shadow = 0;
    events.nmi.injected = 0;
    registers.setVcpuEvents(events);
    this.words.set(this.before);
    this.writeBack();
  }
}

function byteView(words: Int32Array, from: number, to: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + from * 4, (to - from) * 4);
}
