/**
 * The trace in order of steps as columns: batches of thousands of steps, in which each kind of change
 * is a few typed arrays. What exporters and programs of users go through whole traces with.
 */
import { TWO_32 } from '../../base/halves.js';
import type { InputValue, Interruption, MmioAccess, PortAccess } from './events.js';
import { damaged } from './sqlite-errors.js';
import { STEP_HEAD_WORDS } from './stream/step-stream.js';
import type { TraceFile } from './trace-file.js';

/** The most steps in a batch. */
export const BATCH_STEPS = 8192;

const REGISTER_WORDS = 3;
const MEMORY_WORDS = 5;
const MAX_REGISTER = 0xffff;

/** Rows that belong to steps: those of the i-th step of a batch are `start[i]` to `start[i + 1] - 1`. */
export interface RowsOfSteps {
  /** One more than there are steps in the batch: the last is the number of rows. */
  readonly start: Uint32Array;
}

/** Registers that steps gave another value, by step, then by id. */
export interface RegisterWriteColumns extends RowsOfSteps {
  /** `register.id`: Trace.registers names them. */
  readonly register: Uint16Array;
  /** The new values, as the unsigned numbers that their 64 bits are. */
  readonly value: BigUint64Array;
}

/** Changes of guest memory, by step, then by address. */
export interface MemoryWriteColumns extends RowsOfSteps {
  /** Guest-physical; integers. */
  readonly gpa: Float64Array;
  /** In bytes, 1 to 8. */
  readonly size: Uint8Array;
  /** The bytes after the step, as a little-endian number; those beyond `size` are 0. */
  readonly value: BigUint64Array;
}

/**
 * Consecutive steps with everything they did. About a million steps a second are read, in as much
 * memory as one batch takes.
 *
 * @example
 * const times = new Map<string, number>();
 * for (const { count, instruction } of trace.stepBatches()) {
 *   for (let i = 0; i < count; i++) {
 *     const { text } = trace.instruction(instruction[i]!);
 *     times.set(text, (times.get(text) ?? 0) + 1);
 *   }
 * }
 */
export interface StepBatch {
  /** Number of the first step. */
  readonly first: number;
  /** How many steps there are: 1 to BATCH_STEPS. */
  readonly count: number;
  /** What each step ran: `instruction.id`, which Trace.instruction takes. */
  readonly instruction: Uint32Array;
  readonly registers: RegisterWriteColumns;
  readonly memory: MemoryWriteColumns;
  /** Port I/O of these steps, in order. */
  readonly ports: readonly PortAccess[];
  readonly mmio: readonly MmioAccess[];
  /**
   * Exceptions and interrupts delivered before these steps. The last batch of a trace has those that
   * were delivered at its end, too: their `step` is one beyond it.
   */
  readonly interruptions: readonly Interruption[];
  /** Results that do not follow from the state before: RDTSC, CPUID … */
  readonly inputs: readonly InputValue[];
}

/**
 * Steps `from` up to, not including, `to`, read as they are asked for. Each batch has arrays of its own.
 *
 * @throws KvmtraceError (exit code 2) where the trace turns out to be damaged
 */
export function* stepBatches(file: TraceFile, from: number, to: number): Generator<StepBatch> {
  const { events, stepCount, path } = file;
  const stream = file.stepStream();
  for (let first = from; first < to; first += BATCH_STEPS) {
    const end = Math.min(to, first + BATCH_STEPS);
    const pieces: Int32Array[] = [];
    stream.readMany(first, end, (words) => pieces.push(words));
    yield {
      first,
      count: end - first,
      ...columnsOf(path, pieces, end - first),
      ports: events.ports(first, end),
      mmio: events.mmio(first, end),
      interruptions: events.interruptions(first, end === stepCount ? end + 1 : end),
      inputs: events.inputs(first, end),
    };
  }
}

type Columns = Pick<StepBatch, 'instruction' | 'registers' | 'memory'>;

/** Takes the words of step-stream.ts apart, but for those of events. */
function columnsOf(path: string, pieces: readonly Int32Array[], count: number): Columns {
  const { registerStart, memoryStart } = countRows(pieces, count);
  const instruction = new Uint32Array(count);
  const register = new Uint16Array(registerStart[count]!);
  const gpa = new Float64Array(memoryStart[count]!);
  const size = new Uint8Array(gpa.length);
  // Low and high word of each value; the machine's order is little-endian, as x86's is.
  const registerWords = new Int32Array(2 * register.length);
  const memoryWords = new Int32Array(2 * gpa.length);
  let step = 0;
  let row = 0;
  let memoryRow = 0;
  for (const words of pieces) {
    for (let at = 0; at < words.length; at += words[at]!) {
      instruction[step++] = words[at + 1]!;
      let next = at + STEP_HEAD_WORDS;
      for (let left = words[at + 2]!; left > 0; left--, row++, next += REGISTER_WORDS) {
        const id = words[next]!;
        if (id < 0 || id > MAX_REGISTER) throw damaged(path, `register_write names register ${id}`);
        register[row] = id;
        registerWords[2 * row] = words[next + 1]!;
        registerWords[2 * row + 1] = words[next + 2]!;
      }
      for (let left = words[at + 3]!; left > 0; left--, memoryRow++, next += MEMORY_WORDS) {
        const bytes = words[next + 2]!;
        const high = words[next + 1]!;
        if (bytes < 1 || bytes > 8 || high < 0) {
          throw damaged(
            path,
            `memory_write has a row of ${bytes} bytes at ${high}:${words[next]!}`,
          );
        }
        gpa[memoryRow] = high * TWO_32 + (words[next]! >>> 0);
        size[memoryRow] = bytes;
        memoryWords[2 * memoryRow] = words[next + 3]!;
        memoryWords[2 * memoryRow + 1] = words[next + 4]!;
      }
    }
  }
  return {
    instruction,
    registers: {
      start: registerStart,
      register,
      value: new BigUint64Array(registerWords.buffer),
    },
    memory: { start: memoryStart, gpa, size, value: new BigUint64Array(memoryWords.buffer) },
  };
}

function countRows(
  pieces: readonly Int32Array[],
  count: number,
): { registerStart: Uint32Array; memoryStart: Uint32Array } {
  const registerStart = new Uint32Array(count + 1);
  const memoryStart = new Uint32Array(count + 1);
  let step = 0;
  for (const words of pieces) {
    for (let at = 0; at < words.length; at += words[at]!, step++) {
      registerStart[step + 1] = registerStart[step]! + words[at + 2]!;
      memoryStart[step + 1] = memoryStart[step]! + words[at + 3]!;
    }
  }
  return { registerStart, memoryStart };
}
