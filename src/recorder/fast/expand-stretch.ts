/** Steps one stretch of a guest that ran unstepped, and checks it against the log at every exit and at its end. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { wide } from '../../base/halves.js';
import { PAGE_BYTES } from '../../base/page.js';
import { Session } from '../../capture/session.js';
import { SideState } from '../../capture/side-state.js';
import { kvmStepTraits } from '../../doctor/step-traits.js';
import { kvmCpuidEntry2 } from '../../kvm/abi/cpuid.js';
import type { KvmHost } from '../../kvm/host/host.js';
import { KvmMachine } from '../../machine/kvm-machine.js';
import { imageMsrs, restoreVcpu } from '../../machine/restore.js';
import { RIP } from '../../machine/register-words.js';
import { Outcome, type DeliveredStep, type RetiredStep } from '../../stepper/step.js';
import type { FastLog, Stretch } from '../../trace/fast/fast-log.js';
import type { EventStream } from '../../trace/write/stream.js';
import { NULL_STREAM } from '../null-stream.js';
import { sendInstruction } from '../send-instruction.js';
import { generalRegisters, hasRegisters } from './general-registers.js';
import { ExpandDivergence, LogBus } from './log-bus.js';

/** Steps between two looks at the event loop. */
const SLICE_STEPS = 4096;

/** How a stretch went. */
export interface ExpandedStretch {
  readonly steps: number;
  /** Instructions whose results the log does not have: RDTSC, RDRAND and such. */
  readonly unknownInputs: number;
  /** After its last step. */
  readonly finalRip: bigint;
}

/** What a stretch is stepped with. */
export interface StretchOptions {
  readonly log: FastLog;
  readonly id: number;
  readonly host: KvmHost | undefined;
  readonly stream: EventStream;
  /** It is the first that is expanded: its state is where the trace begins. */
  readonly isFirst: boolean;
  /** It is the last: what comes behind its last step is no part of the trace. */
  readonly isLast: boolean;
}

/**
 * Sends the steps of a stretch, and what was delivered behind its last.
 *
 * @throws ExpandDivergence where it does not go as it went
 */
export async function expandStretch(options: StretchOptions): Promise<ExpandedStretch> {
  using stretch = new StretchRun(options);
  return await stretch.run();
}

class StretchRun implements Disposable {
  readonly #options: StretchOptions;
  readonly #machine: KvmMachine;
  readonly #session: Session;
  readonly #bus: LogBus;
  #steps = 0;
  /** Steps since the last entry, or since the stretch began. */
  #sinceEntry = 0;
  /** The entry that came next when that was last looked at. */
  #seen: number;
  #hasStepped = false;
  #unknownInputs = 0;

  constructor(options: StretchOptions) {
    const { log, id, host, stream, isFirst } = options;
    const { header } = log;
    const { blobs, entry } = log.stretch(id)!;
    this.#options = options;
    this.#machine = new KvmMachine({
      host,
      slots: header.slots,
      cpuid: () => header.cpuid.map((leaf) => kvmCpuidEntry2.allocate(leaf)),
      traits: kvmStepTraits,
      dirty: 'auto',
    });
    const machine = this.#machine;
    const pages = log.pagesAt(id);
    for (const { page, data } of pages) machine.load(page * PAGE_BYTES, data);
    restoreVcpu(machine.vcpu.registers, blobs);
    const msrs = imageMsrs(blobs).map(({ index }) => index);
    const side = new SideState(machine.vcpu.registers, msrs, header.meta['fpu'] !== 0);
    this.#bus = new LogBus(log.entries(entry), entry);
    this.#seen = entry;
    this.#session = new Session({
      ...{ machine, side, bus: this.#bus },
      onNewCode: (code) => {
        sendInstruction(stream, code);
      },
    });
    this.#session.capture.sendInitial(isFirst ? stream : NULL_STREAM);
    if (isFirst) {
      stream.snapshot(blobs);
      for (const { page, data } of pages) {
        if (data.some((byte) => byte !== 0)) stream.snapshotPage(page, data);
      }
      stream.stepDone();
    }
  }

  async run(): Promise<ExpandedStretch> {
    const { log, id, isLast } = this.#options;
    const end = log.stretch(id + 1);
    const isEnd = end === undefined ? () => false : this.#endAt(end);
    for (let turns = 1; !isEnd(); turns++) {
      if (!this.#advance(end === undefined)) return this.#outcome();
      if (turns % SLICE_STEPS === 0) await nextTurn();
    }
    if (end !== undefined) this.#sendSnapshot(end);
    if (!isLast) this.#sendTail();
    return this.#outcome();
  }

  [Symbol.dispose](): void {
    this.#machine.close();
  }

  /** Delivers or steps once; false where the guest has ended, as the log says. */
  #advance(mayEnd: boolean): boolean {
    const { entry } = this.#bus;
    if (entry?.kind === 'interrupt' && entry.size === this.#sinceEntry) {
      this.#interrupt(entry.address);
      return true;
    }
    const step = this.#session.step();
    switch (step.outcome) {
      case Outcome.retired:
        this.#retired(step);
        return true;
      case Outcome.delivered:
        this.#delivered(step);
        return true;
      case Outcome.stopped:
        if (mayEnd && step.stop.reason === this.#options.log.meta.get('stop_reason')) return false;
        throw new ExpandDivergence(this.#bus.next, `the guest ended: ${step.stop.detail}`);
    }
  }

  #retired(step: RetiredStep): void {
    const { stream } = this.#options;
    const { capture, stepper } = this.#session;
    const { code } = step;
    if (code.class.halts) this.#takeHalt();
    capture.retired(stream, step, code.id);
    stream.stepDone();
    this.#steps++;
    this.#hasStepped = true;
    const { input } = code.class;
    if (input !== undefined && input !== 'cpuid') this.#unknownInputs++;
    const { next, last } = this.#bus;
    if (next === this.#seen) {
      this.#sinceEntry++;
      return;
    }
    this.#seen = next;
    this.#sinceEntry = 0;
    if (last?.registers === undefined || hasRegisters(stepper.words, last.registers)) return;
    throw new ExpandDivergence(next - 1, 'registers are not what they were after it');
  }

  #takeHalt(): void {
    if (this.#bus.entry?.kind !== 'halt') {
      throw new ExpandDivergence(this.#bus.next, 'the guest halted, and did not when it ran');
    }
    this.#bus.take();
  }

  #interrupt(vector: number): void {
    const step = this.#session.interrupt(vector);
    if (step.outcome !== Outcome.delivered) {
      throw new ExpandDivergence(this.#bus.next, `interrupt ${vector} could not be delivered`);
    }
    this.#bus.take();
    this.#seen = this.#bus.next;
    this.#sinceEntry = 0;
    this.#delivered(step);
  }

  /** What comes before the first step counts to the last of the stretch before, which has sent it. */
  #delivered(step: DeliveredStep): void {
    const { stream, isFirst } = this.#options;
    const isKept = isFirst || this.#hasStepped;
    if (isKept) stream.hold();
    this.#session.capture.delivered(isKept ? stream : NULL_STREAM, step);
    if (isKept) stream.stepDone();
  }

  /** The state in which the next stretch begins: the pages are those that changed, not all that were written. */
  #sendSnapshot(end: Stretch): void {
    const { stream } = this.#options;
    const { capture, machine } = this.#session;
    stream.hold();
    stream.snapshot(end.blobs);
    capture.memory.changed.forEach((changed, index) => {
      const { gpa, bytes } = machine.slots[index]!;
      for (let page = changed.indexOf(1); page >= 0; page = changed.indexOf(1, page + 1)) {
        const start = page * PAGE_BYTES;
        stream.snapshotPage(gpa / PAGE_BYTES + page, bytes.subarray(start, start + PAGE_BYTES));
      }
    });
    stream.stepDone();
  }

  /** Deliveries that come before the next step, which is of the next stretch. */
  #sendTail(): void {
    this.#hasStepped = true;
    for (;;) {
      const { entry } = this.#bus;
      if (entry?.kind === 'interrupt' && entry.size === 0) {
        this.#interrupt(entry.address);
        continue;
      }
      this.#bus.isOver = true;
      const step = this.#session.step();
      if (step.outcome !== Outcome.delivered) return;
      this.#delivered(step);
      this.#bus.isOver = false;
    }
  }

  /** Whether the guest is where the next stretch begins, by all that it has. */
  #endAt(end: Stretch): () => boolean {
    const { log } = this.#options;
    const { stepper, capture, machine } = this.#session;
    const regs = new Int32Array(Uint8Array.from(end.blobs.regs).buffer);
    const registers = generalRegisters(regs);
    const pages = log.pagesOf(end.id).map(({ page, data }) => ({ gpa: page * PAGE_BYTES, data }));
    const isThere = new Set(pages.map(({ gpa }) => gpa));
    const memoryIsSame = (): boolean =>
      pages.every(({ gpa, data }) => {
        const slot = machine.slots.find((each) => gpa >= each.gpa && gpa < each.gpa + each.size);
        const start = gpa - (slot?.gpa ?? 0);
        return slot !== undefined && data.equals(slot.bytes.subarray(start, start + PAGE_BYTES));
      }) &&
      capture.memory.changed.every((changed, index) =>
        changed.every(
          (is, page) => is === 0 || isThere.has(machine.slots[index]!.gpa + page * PAGE_BYTES),
        ),
      );
    return () =>
      this.#bus.next === end.entry &&
      stepper.words[RIP] === regs[RIP] &&
      hasRegisters(stepper.words, registers) &&
      memoryIsSame();
  }

  #outcome(): ExpandedStretch {
    const { words } = this.#session.stepper;
    const finalRip = wide(words[RIP]!, words[RIP + 1]!);
    return { steps: this.#steps, unknownInputs: this.#unknownInputs, finalRip };
  }
}

/** How many stretches a log has that something happens in: the last but marks the end. */
export function expandable(log: FastLog): number {
  return log.meta.get('stop_cut') === 1 ? log.stretches - 1 : log.stretches;
}
