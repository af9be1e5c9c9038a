/** Deliveries through a gate: what they look like. */
import type { KnownBehaviour } from '../hazard.js';

/**
 * Plainly stepped, then with a breakpoint on the gate. However far the first runs, it is undone and
 * the second is what is recorded (rules 5 and 6).
 */
export function delivered(vector: number): readonly KnownBehaviour[] {
  const gate = `gate${vector}`;
  return [
    {
      exits: `debug@${gate} / debug@${gate}`,
      code: 'debug-exit-at-handler',
      phrase: 'a debug exit at the handler',
      judgement: 'exact',
    },
    {
      exits: `debug@${gate}\\+1 / debug@${gate}`,
      code: 'debug-exit-in-handler',
      phrase: "debug exit after the handler's first instruction; a breakpoint stops before it",
      judgement: 'exact',
    },
    {
      // Delivery clears TF, by which VMX and SVM step.
      exits: `hlt@${gate}\\+3 / debug@${gate}`,
      code: 'handler-runs-freely',
      phrase: 'the handler runs unstepped; a breakpoint stops before it',
      judgement: 'exact',
    },
  ];
}
