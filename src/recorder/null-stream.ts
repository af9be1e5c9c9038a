import type { EventSink } from '../trace/format/event-sink.js';

const nothing = (): void => undefined;

/** What a recording sends, as far as the loop that steps the guest knows it. */
export interface StepStream extends EventSink {
  /** The trace cannot be written any more. */
  readonly failed: boolean;
  /** Events of whole steps, one after another, that are encoded already. */
  steps(events: Int32Array): void;
  hold(): void;
  stepDone(): void;
  flush(): void;
}

/** Takes the events of steps that are not recorded. */
export const NULL_STREAM: StepStream = {
  failed: false,
  steps: nothing,
  hold: nothing,
  stepDone: nothing,
  flush: nothing,
  step: nothing,
  register: nothing,
  memory: nothing,
  unchangedPage: nothing,
  port: nothing,
  mmio: nothing,
  interruption: nothing,
  input: nothing,
  assisted: nothing,
};
