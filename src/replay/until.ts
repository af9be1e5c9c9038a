import { lowWord, highWord, wideNumber } from '../base/halves.js';
import type { Stepper } from '../stepper/stepper.js';
import { CS, modeOf, RIP } from '../machine/register-words.js';
import type { FedStep } from '../trace/read/stream/step-feed.js';

/** Asked after each step, which was found to be as recorded: whether to end the replay there. */
export type StopCondition = (step: FedStep, stepper: Stepper) => boolean;

/** The next instruction is the one at a linear address. */
export function untilAddress(address: bigint): StopCondition {
  const low = lowWord(address);
  const high = highWord(address);
  return (_step, { words }) => {
    if (modeOf(words) === 64) return words[RIP] === low && words[RIP + 1] === high;
    return ((words[CS]! + words[RIP]!) | 0) === low && high === 0;
  };
}

/** The step changed a byte of guest-physical memory. */
export function untilWritten(gpa: number): StopCondition {
  return ({ words, memoryAt, memoryCount }) => {
    for (let i = 0, at = memoryAt; i < memoryCount; i++, at += 5) {
      const start = wideNumber(words[at]!, words[at + 1]!);
      if (gpa >= start && gpa < start + words[at + 2]!) return true;
    }
    return false;
  };
}
