import { kvmRun } from '../kvm/abi/run.js';
import { inputError } from '../base/errors.js';
import { exitName } from './exit.js';
import { setFields, type FieldsOf } from './kernel-struct.js';

/** The fields of struct kvm_run before those that depend on the exit. */
const HEADER_BYTES = kvmRun.offsets.exit;

/** The head of the page shared with KVM: struct kvm_run up to the exit's own fields. */
export class VMRun {
  requestInterruptWindow = 0;
  immediateExit = 0;
  /** An `Exit` value. */
  exitReason = 0;
  readyForInterruptInjection = 0;
  ifFlag = 0;
  flags = 0;
  cr8 = 0n;
  apicBase = 0n;

  constructor(values: FieldsOf<VMRun> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    return kvmRun.allocate(this).bytes.slice(0, HEADER_BYTES);
  }

  static decode(bytes: Uint8Array): VMRun {
    if (bytes.length < HEADER_BYTES) {
      throw inputError(
        `The head of a struct kvm_run has ${HEADER_BYTES} bytes and only ${bytes.length} were given: pass all of it.`,
      );
    }
    const page = new Uint8Array(kvmRun.sizeBytes);
    page.set(bytes.subarray(0, HEADER_BYTES));
    const run = kvmRun.over(page);
    const { requestInterruptWindow, immediateExit, exitReason, readyForInterruptInjection } = run;
    const { ifFlag, flags, cr8, apicBase } = run;
    return new VMRun({
      ...{ requestInterruptWindow, immediateExit, exitReason, readyForInterruptInjection },
      ...{ ifFlag, flags, cr8, apicBase },
    });
  }

  /** The exit's name: "ExitHalt". */
  toString(): string {
    return exitName(this.exitReason);
  }
}
