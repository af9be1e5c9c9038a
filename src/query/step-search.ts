/** Steps that did something, forwards and backwards, each found through an index. */
import { inputError } from '../base/errors.js';
import { REGISTER_RFLAGS } from '../trace/format/registers.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { FLAG_BITS } from '../x86/flag-bits.js';
import { registerNamed } from '../x86/register-part.js';
import type { AccessFilter } from './access-units.js';
import { lastRegisterChange, type PhysicalRange } from './last-writes.js';
import type { Trace } from './trace.js';
import { bitsOf, registerIds } from './why/location.js';

export interface StepSearch {
  /** The first such step from step `from` on. */
  next(from: number): number | undefined;
  /** The newest such step before step `before`. */
  last(before: number): number | undefined;
}

/** Up to `count` steps from step `from` on, in order. */
export function* stepsFrom(search: StepSearch, from: number, count: number): Generator<number> {
  for (let at = from; count > 0; count--) {
    const step = search.next(at);
    if (step === undefined) return;
    yield step;
    at = step + 1;
  }
}

/** The last `count` steps before step `before`, in order. */
export function stepsBefore(search: StepSearch, before: number, count: number): number[] {
  const found: number[] = [];
  for (let at = before; found.length < count;) {
    const step = search.last(at);
    if (step === undefined) break;
    found.push(step);
    at = step;
  }
  return found.reverse();
}

/** Steps that execute a linear address, or a symbol's first instruction. */
export function executionsOf(trace: Trace, place: bigint | string): StepSearch {
  return {
    next: (from) => trace.nextExecution(place, from),
    last: (before) => trace.lastExecution(place, before),
  };
}

/** Steps that change a byte of memory. */
export function changesOfMemory(trace: Trace, range: PhysicalRange): StepSearch {
  return {
    next: (from) => trace.nextMemoryWrite(range, from)?.step,
    last: (before) => executed(trace.lastMemoryWrite(range, before)?.step),
  };
}

/** Steps that access a byte of memory: reads, and writes whether or not they change it. */
export function accessesOf(trace: Trace, range: PhysicalRange, filter?: AccessFilter): StepSearch {
  return {
    next: (from) => trace.nextAccess(range, from, filter)?.step,
    last: (before) => trace.lastAccess(range, before, filter)?.step,
  };
}

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
    `${file.path} knows no register ${lower}: its table register has the names of all.`,
  );
}

/** Steps that any of the searches finds. */
export function anyOf(searches: readonly StepSearch[]): StepSearch {
  const best = (
    found: readonly (number | undefined)[],
    pick: (...steps: number[]) => number,
  ): number | undefined => {
    const steps = found.filter((step) => step !== undefined);
    return steps.length === 0 ? undefined : pick(...steps);
  };
  return {
    next: (from) =>
      best(
        searches.map((each) => each.next(from)),
        Math.min,
      ),
    last: (before) =>
      best(
        searches.map((each) => each.last(before)),
        Math.max,
      ),
  };
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
    last: (before) => executed(lastRegisterChange(file, register, mask, before)),
  };
}

/** The initial state was not made by a step. */
function executed(step: number | undefined): number | undefined {
  return step === undefined || step < 0 ? undefined : step;
}
