/** What a step changed, taken from the stepper and sent as events of the trace. */
import { wide } from '../base/halves.js';
import type { Code } from '../stepper/code-cache.js';
import { CR2 } from '../machine/register-words.js';
import type { Stepper } from '../stepper/stepper.js';
import type { EventSink } from '../trace/format/event-sink.js';
import { sendAccesses } from './accesses.js';
import { inputValue } from './input-value.js';
import { MemoryDelta } from './memory-delta.js';
import { RegisterDelta } from './register-delta.js';
import type { SideState } from './side-state.js';

const PAGE_FAULT = 14;

/** Sends what each step changed, and brings the state before the next step up to date. */
export class StepCapture {
  readonly memory: MemoryDelta;
  readonly #stepper: Stepper;
  readonly #registers: RegisterDelta;
  readonly #side: SideState;

  constructor(stepper: Stepper, side: SideState) {
    this.#stepper = stepper;
    this.#side = side;
    this.#registers = new RegisterDelta(stepper.words, stepper.before);
    this.memory = new MemoryDelta(stepper);
  }

  /** Sends all registers as they stand: the initial values. */
  sendInitial(sink: EventSink): void {
    this.#registers.sendAll(sink);
    this.#side.sendAll(sink);
  }

  /** After the stepper's outcome `stepped`: sends the step and accepts it. */
  retired(sink: EventSink, code: Code, instruction: number): void {
    const stepper = this.#stepper;
    this.#registers.sendStep(sink, code, instruction);
    this.memory.sendStep(sink, code);
    if (stepper.accesses.length !== 0) sendAccesses(sink, stepper.accesses);
    if (stepper.dmaBytes !== 0) sink.input('dma', BigInt(stepper.dmaBytes));
    if (code.class.input !== undefined) {
      sink.input(code.class.input, inputValue(code.class, stepper.words));
    }
    if (code.class.effects !== 0) this.#side.sendStep(sink, code, stepper.words);
    if (stepper.assisted) sink.assisted();
    if (stepper.delivery !== undefined) this.#sendInterruption(sink);
    this.#registers.commit();
    stepper.accept();
  }

  /** After the outcome `delivered`: what it changed counts to the step before. */
  delivered(sink: EventSink): void {
    const stepper = this.#stepper;
    this.#registers.sendDelivery(sink);
    this.memory.sendDelivery(sink);
    if (stepper.accesses.length !== 0) sendAccesses(sink, stepper.accesses);
    this.#sendInterruption(sink);
    this.#registers.commit();
    stepper.accept();
  }

  #sendInterruption(sink: EventSink): void {
    const { words } = this.#stepper;
    const delivery = this.#stepper.delivery!;
    const isPageFault = delivery.kind === 'fault' && delivery.vector === PAGE_FAULT;
    sink.interruption({
      ...delivery,
      cr2: isPageFault ? wide(words[CR2]!, words[CR2 + 1]!) : undefined,
    });
  }
}
