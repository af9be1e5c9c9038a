/** Steps that change registers, each found through an index. */
import { inputError } from '../base/errors.js';
import { REGISTER_RFLAGS } from '../trace/format/registers.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { FLAG_BITS } from '../x86/flag-bits.js';
import { registerNamed } from '../x86/register-part.js';
import { noRegister } from './names.js';
import { anyOf, executed, type StepSearch } from './step-search.js';
import { bitsOf, registerIds } from './why/location.js';

/**
 * Steps that change a register or flag: one of the trace's, or a part such as `al` or `xmm3`.
 *
 * @throws KvmtraceError (2) for what the trace does not record
 */
export function changesOfRegister(file: TraceFile, name: string): StepSearch {
  const lower = name.toLowerCase();
  if (Object.hasOwn(FLAG_BITS, lower)) {
    const bit = FLAG_BITS[lower as keyof typeof FLAG_BITS];
    return changesOfBits(file, REGISTER_RFLAGS, BigInt(bit));
  }
  const whole = file.registers.named(lower);
  if (whole !== undefined) return changesOfBits(file, whole.id, ALL_BITS);
  const part = registerNamed(lower);
  const recorded = new Set(file.registers.list.map(({ id }) => id));
  const pieces =
    part === undefined
      ? []
      : registerIds(file, part)
          .filter(({ id }) => recorded.has(id))
          .map(({ id, offset }) => changesOfBits(file, id, bitsOf(part, offset)));
  if (pieces.length > 0) return anyOf(pieces);
  throw inputError(
    `${file.path} knows ${noRegister(file, lower)}: give one such as rax, al or zf.`,
  );
}

const ALL_BITS = (1n << 64n) - 1n;
function changesOfBits(file: TraceFile, register: number, mask: bigint): StepSearch {
  const { registers } = file;
  const changes = ({ step, value }: { step: number; value: bigint }): boolean =>
    mask === ALL_BITS || ((value ^ (registers.last(register, step)?.value ?? 0n)) & mask) !== 0n;
  return {
    next(from) {
      for (let at = from; ;) {
        const write = registers.next(register, at);
        if (write === undefined || changes(write)) return write?.step;
        at = write.step + 1;
      }
    },
    last: (before) => executed(file.registers.lastChange(register, mask, before)),
  };
}
