/** What a step changed, taken from the stepper and sent as events of the trace. */
import { wide } from '../base/halves.js';
import { CR2 } from '../machine/register-words.js';
import type { Bursts } from '../stepper/burst/bursts.js';
import type { DeliveredStep, RetiredStep } from '../stepper/step.js';
import type { Stepper } from '../stepper/stepper.js';
import type { Delivery } from '../stepper/delivered.js';
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

  /** Sends a step that has retired, and accepts it. `instruction` is the trace's number for its code. */
  retired(sink: EventSink, step: RetiredStep, instruction: number): void {
    const { code, accesses, delivery } = step;
    const stepper = this.#stepper;
    this.#registers.sendStep(sink, code, instruction);
    this.memory.sendStep(sink, code);
    if (accesses.length !== 0) sendAccesses(sink, accesses);
    if (stepper.dmaBytes !== 0) sink.input('dma', BigInt(stepper.dmaBytes));
    if (code.class.input !== undefined) {
      sink.input(code.class.input, inputValue(code.class, stepper.words));
    }
    if (code.class.effects !== 0) this.#side.sendStep(sink, code, stepper.words);
    if (step.assisted) sink.assisted();
    if (delivery !== undefined) this.#sendInterruption(sink, delivery);
    this.#registers.commit();
    stepper.accept();
  }

  /** After a burst, whose events go where the caller sends them. */
  burst({ stores }: Bursts): void {
    this.memory.adoptBurst(stores);
  }

  /** Sends an exception or interrupt, whose changes count to the step before, and accepts it. */
  delivered(sink: EventSink, { accesses, delivery }: DeliveredStep): void {
    this.#registers.sendDelivery(sink);
    this.memory.sendDelivery(sink);
    if (accesses.length !== 0) sendAccesses(sink, accesses);
    this.#sendInterruption(sink, delivery);
    this.#registers.commit();
    this.#stepper.accept();
  }

  #sendInterruption(sink: EventSink, delivery: Delivery): void {
    const { words } = this.#stepper;
    const isPageFault = delivery.kind === 'fault' && delivery.vector === PAGE_FAULT;
    sink.interruption({
      ...delivery,
      cr2: isPageFault ? wide(words[CR2]!, words[CR2 + 1]!) : undefined,
    });
  }
}
