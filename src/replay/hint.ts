import { hex } from '../base/number-text.js';
import type { Divergence } from './divergence.js';
import type { ReplayOutcome } from './replayer.js';

/** What most likely made a replay diverge, and what to do about it. */
export function divergenceHint(
  { hosts, refusedMsrs, steps }: ReplayOutcome,
  { at }: Divergence,
): string {
  if (!hosts.isSameKind) {
    return `recorded on ${hosts.recordedHost}, replayed on ${hosts.host}: another KVM and processor may carry an instruction out differently; replay where it was recorded (--host)`;
  }
  if (hosts.recordedProcessor !== hosts.processor) {
    return `recorded on ${hosts.recordedProcessor}, replayed on ${hosts.processor}: another processor may lack an instruction or do what the manual leaves open in another way; replay where it was recorded`;
  }
  if (hosts.recordedKernel !== hosts.kernel) {
    return `recorded on Linux ${hosts.recordedKernel}, replayed on ${hosts.kernel}: another KVM may carry an instruction out differently; replay where it was recorded`;
  }
  if (refusedMsrs.length > 0) {
    const list = refusedMsrs.map((index) => hex(index)).join(', ');
    return `this KVM did not let MSR ${list} be what it was: the guest may have seen that`;
  }
  if (at === 'state' && steps === 0) {
    return 'the same processor and kernel recorded it: was the file altered after that?';
  }
  return 'the same processor and kernel recorded it, so the file was altered after that, or the instruction has an input that kvmtrace does not record: look at the steps before, and record the guest again';
}
