/** How steps end that do not simply retire: exceptions, refusals by KVM, and the end of the recording. */
import type { StopReason } from '../machine/stop.js';
import type { AccessServer } from './access-server.js';
import type { Code } from './code-cache.js';
import type { Delivery } from './delivered.js';
import { deliverException } from './delivery.js';
import { emulate, type EmulationResult } from './emulate/emulate.js';
import { describeFailure } from './failure.js';
import { fromInvalidOpcode, isNeverInvalid } from './false-invalid-opcode.js';
import { handlerEffects } from './handler-effects.js';
import { Outcome, type StepRecord } from './step.js';
import type { StepperOptions } from './stepper-options.js';
import type { VcpuControl } from './vcpu-control.js';

/** Ends steps, and fills in what they were. */
export class StepEnd {
  /** The step was an exception or interrupt: the handler may begin with another. */
  afterDelivery = false;
  readonly #step: StepRecord;
  readonly #control: VcpuControl;
  readonly #server: AccessServer;
  readonly #undoSide: (effects: number) => void;
  readonly restoreSide: () => void;

  constructor(
    step: StepRecord,
    control: VcpuControl,
    server: AccessServer,
    { undoSide, restoreSide }: Pick<StepperOptions, 'undoSide' | 'restoreSide'>,
  ) {
    this.#step = step;
    this.#control = control;
    this.#server = server;
    this.#undoSide = undoSide ?? (() => undefined);
    this.restoreSide = restoreSide ?? (() => undefined);
  }

  /** KVM's emulator cannot run the instruction: perhaps kvmtrace can. */
  refused(code: Code | undefined): Outcome {
    const result: EmulationResult =
      code === undefined ? { kind: 'refused' } : emulate(this.#control, this.#server, code);
    switch (result.kind) {
      case 'retired':
        this.#step.assisted = true;
        this.#step.delivery = result.delivery;
        return Outcome.retired;
      case 'raised':
        this.#step.delivery = result.delivery;
        return Outcome.delivered;
      case 'shutdown':
        return this.stopped('shutdown', describeFailure('shutdown', code, this.#control.words));
      case 'refused':
        return this.stopped(
          'internal-error',
          describeFailure('refused', code, this.#control.words),
        );
    }
  }

  /**
   * The step has raised something: runs it again to see what.
   *
   * @param otherwise what it was if it was no exception that has a gate
   */
  deliver(code: Code | undefined, otherwise?: 'shutdown'): Outcome {
    const delivery = deliverException(this.#control, this.#server, code) ?? otherwise;
    if (this.#isFalse(delivery, code)) return this.#undoAndEmulate(code);
    if (delivery === 'shutdown' && this.#control.stepsByTrapFlag) this.undoAll();
    if (typeof delivery === 'object' && !this.#control.stepsByTrapFlag) {
      const effects = handlerEffects(this.#control.words, this.#control.memory);
      if (effects !== 0) this.#undoSide(effects);
    }
    return this.delivered(delivery, code);
  }

  /** An exception that the step has been watched for. */
  raised(delivery: Delivery, code: Code | undefined): Outcome {
    if (this.#isFalse(delivery, code)) return this.#undoAndEmulate(code);
    return this.delivered(delivery, code);
  }

  /** In user mode KVM's emulator raises #UD for what it lacks instead of telling (observed). */
  #isFalse(delivery: Delivery | 'shutdown' | undefined, code: Code | undefined): boolean {
    if (code === undefined || !isNeverInvalid(code, this.#control.stepsByTrapFlag)) return false;
    return fromInvalidOpcode(delivery);
  }

  #undoAndEmulate(code: Code | undefined): Outcome {
    if (this.#control.stepsByTrapFlag) this.undoAll();
    else this.#control.undo();
    return this.refused(code);
  }

  delivered(delivery: Delivery | 'shutdown' | undefined, code: Code | undefined): Outcome {
    if (delivery === 'shutdown') {
      return this.stopped('shutdown', describeFailure('shutdown', code, this.#control.words));
    }
    if (delivery === undefined) {
      this.undoAll();
      return this.stopped('error', describeFailure('unexplained', code, this.#control.words));
    }
    this.#step.delivery = delivery;
    this.afterDelivery = true;
    return Outcome.delivered;
  }

  /** The guest runs, and neither the instruction's end nor an exception shows. */
  stuck(code: Code | undefined): Outcome {
    this.undoAll();
    return this.stopped('livelock', describeFailure('stuck', code, this.#control.words));
  }

  /** The state before the step is the last that is known to be right. */
  undoAll(): void {
    this.#control.undo();
    this.restoreSide();
  }

  stopped(reason: StopReason, detail: string): Outcome {
    this.#step.stop = { reason, detail };
    return Outcome.stopped;
  }
}
