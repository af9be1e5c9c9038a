/** One pass over the event stream that fills the tables of schema/0002_derived.sql. */
import type { Interruption } from '../trace/read/events.js';
import { damaged } from '../trace/read/sqlite-errors.js';
import { CHUNK_STEPS } from '../trace/read/step-columns.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { Accesses } from './accesses.js';
import { CallFrames } from './call-frames.js';
import { Calls, type Delivery } from './calls.js';
import { Control, decodeCode, type DecodedCode } from './code.js';
import { deriveEfiCalls } from './efi-calls.js';
import { Executions } from './executions.js';
import { Functions } from './functions.js';
import { memorySource } from './memory-source.js';
import { ADDRESS_REGISTERS, isPagingRegister, RegisterFile, STACK_REGISTERS } from './registers.js';
import { RegisterChanges } from './register-changes.js';
import type { DerivedSink } from './sink.js';
import { Translator } from './translation.js';

/** Groups of tables that can be derived by themselves. */
export const DERIVED_PARTS = ['calls', 'executions', 'accesses', 'efi'] as const;
export type DerivedPart = (typeof DERIVED_PARTS)[number];

/** What to derive, from which steps, and where it goes. */
export interface DeriveOptions {
  readonly parts: readonly DerivedPart[];
  readonly sink: DerivedSink;
  /** The steps to go through; default: all. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** What has been decoded of the trace already, by number; added to. */
  readonly codes?: DecodedCode[] | undefined;
  /** Told after every some ten thousand steps how many are done; may throw to stop. */
  readonly onProgress?: ((steps: number) => void) | undefined;
}

/** @throws KvmtraceError (exit code 2) where the trace turns out to be damaged */
export function derive(file: TraceFile, options: DeriveOptions): void {
  const { from = 0, to = file.stepCount, onProgress } = options;
  const pass = new Pass(file, options, from);
  const isStepped = options.parts.some((part) => part !== 'efi');
  for (let first = from; isStepped && first < to; first += CHUNK_STEPS) {
    const end = Math.min(to, first + CHUNK_STEPS);
    pass.chunk(first, end);
    onProgress?.(end);
  }
  pass.finish(to - 1);
  if (options.parts.includes('efi')) deriveEfiCalls(file, options.sink);
}

class Pass {
  readonly #file: TraceFile;
  readonly #registers = new RegisterFile();
  readonly #translator: Translator;
  readonly #changes = new RegisterChanges();
  readonly #codes: DecodedCode[];
  readonly #columns: ReturnType<TraceFile['stepColumns']>;
  readonly #frames: CallFrames;
  readonly #calls: Calls | undefined;
  readonly #executions: Executions | undefined;
  readonly #accesses: Accesses | undefined;
  #lastCode: DecodedCode | undefined;
  /** The previous step changed control, or there is none. */
  #arriving = true;

  /** @param from the state to begin at */
  constructor(file: TraceFile, { parts, sink, codes = [] }: DeriveOptions, from: number) {
    this.#file = file;
    this.#codes = codes;
    const registers = this.#registers;
    const source = memorySource(file);
    this.#translator = new Translator(registers, source);
    this.#frames = new CallFrames(sink);
    if (parts.includes('calls')) {
      this.#calls = new Calls(this.#frames, registers, new Functions(file.symbols));
    }
    if (parts.includes('executions')) this.#executions = new Executions(sink);
    if (parts.includes('accesses')) {
      this.#accesses = new Accesses(registers, this.#translator, source, sink);
    }
    const wanted = parts.includes('accesses') ? ADDRESS_REGISTERS : STACK_REGISTERS;
    this.#columns = file.stepColumns({
      registers: parts.some((part) => part === 'calls' || part === 'accesses') ? wanted : [],
      memory: parts.includes('accesses'),
    });
    for (const register of wanted) {
      const value = file.registers.last(register, from)?.value ?? 0n;
      registers.set(
        register,
        Number(BigInt.asIntN(32, value)),
        Number(BigInt.asIntN(32, value >> 32n)),
      );
    }
  }

  chunk(first: number, end: number): void {
    const chunk = this.#columns.read(first, end);
    // Those before the step after the last are among what the last has done.
    const deliveries = new DeliveryQueue(this.#file.events.interruptions(first, end + 1));
    const { instructions, count } = chunk;
    const calls = this.#calls;
    const executions = this.#executions;
    const accesses = this.#accesses;
    this.#changes.begin(chunk);
    accesses?.begin(chunk);
    for (let index = 0; index < count; index++) {
      const id = instructions[index]!;
      const step = first + index;
      const code = this.#codes[id] ?? this.#define(id, step);
      if (deliveries.next === step) {
        const before = deliveries.take();
        calls?.arrive(step, code, before.map((each) => this.#delivery(each, code))); // prettier-ignore
      } else if (calls !== undefined && (this.#arriving || calls.strays(id))) {
        calls.arrive(step, code, []);
      }
      this.#arriving = code.control !== Control.none;
      if (this.#arriving) calls?.leave(code);
      executions?.executed(id, step);
      if (accesses !== undefined) {
        if (code.operands.length === 0) accesses.idle(index);
        else accesses.before(index, code);
        if (deliveries.next === step + 1) accesses.beforeDeliveries(code);
      }
      this.#applyRegisters(index);
      if (deliveries.next !== step + 1) accesses?.after(index, code);
      else accesses?.after(index, code, deliveries.peek());
      this.#lastCode = code;
    }
  }

  finish(lastStep: number): void {
    this.#frames.finish(lastStep);
    this.#executions?.finish();
    this.#accesses?.finish();
  }

  #applyRegisters(index: number): void {
    const changes = this.#changes;
    for (let at = changes.first(index); at >= 0; at = changes.next(at)) {
      const register = changes.register(at);
      this.#registers.set(register, changes.low(at), changes.high(at));
      if (register >= 16 && isPagingRegister(register)) this.#translator.flush();
    }
  }

  #delivery({ step, kind, rip, errorCode }: Interruption, handler: DecodedCode): Delivery {
    const errorCodeBytes = errorCode === undefined ? 0 : handler.mode / 8;
    return { step, kind, address: rip + (this.#lastCode?.base ?? 0n), errorCodeBytes };
  }

  #define(id: number, step: number): DecodedCode {
    const source = this.#file.instructions.byId(id, step);
    if (source.bytes.length === 0) {
      throw damaged(this.#file.path, `instruction ${id} has no bytes`);
    }
    const code = decodeCode(source);
    this.#codes[id] = code;
    this.#calls?.define(code);
    this.#executions?.define(code);
    return code;
  }
}

/** The interruptions of a chunk, in order; any number may come before one step. */
class DeliveryQueue {
  readonly #rows: readonly Interruption[];
  #at = 0;
  /** The step before which the next one was delivered. */
  next: number;

  constructor(rows: readonly Interruption[]) {
    this.#rows = rows;
    this.next = rows[0]?.step ?? Infinity;
  }

  /** Those before step `next`. */
  peek(): readonly Interruption[] {
    let end = this.#at;
    while (this.#rows[end]?.step === this.next) end++;
    return this.#rows.slice(this.#at, end);
  }

  take(): readonly Interruption[] {
    const taken = this.peek();
    this.#at += taken.length;
    this.next = this.#rows[this.#at]?.step ?? Infinity;
    return taken;
  }
}
