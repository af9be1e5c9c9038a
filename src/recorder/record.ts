/** `kvmtrace record`: guest image in, trace out. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { assert, inputError, KvmtraceError, machineError } from '../errors.js';
import type { MemoryDelta } from '../capture/memory-delta.js';
import { SideState } from '../capture/side-state.js';
import { StepCapture } from '../capture/step-capture.js';
import { applyBootSregs } from '../kvm/boot/sregs.js';
import { bootRegisters } from '../kvm/boot/registers.js';
import { bootTables } from '../kvm/boot/tables.js';
import { deterministicCpuid } from '../kvm/boot/cpuid.js';
import { BOOT_TABLES_GPA } from '../kvm/boot/layout.js';
import type { GuestFormat, GuestMode } from '../kvm/loader/image.js';
import { loadGuest, type LoadedGuest } from '../kvm/loader/load.js';
import { toolVersion } from '../package-root.js';
import { Machine } from '../stepper/machine.js';
import type { Code } from '../stepper/code-cache.js';
import { RIP, wide } from '../stepper/machine-words.js';
import { Stepper } from '../stepper/stepper.js';
import { isCrash, type Stop } from '../stepper/stop.js';
import { REGISTERS } from '../trace/registers.js';
import type { TraceHeader } from '../trace/writer/header.js';
import { TraceRecording, WriterError } from '../trace/writer/recording.js';
import type { EventStream } from '../trace/writer/stream.js';
import { PlatformDevices } from './platform-devices.js';
import { Recorder } from './recorder.js';
import { sendSnapshot } from './snapshot.js';

export interface RecordOptions {
  /** Path of the guest. */
  readonly guest: string;
  /** Path of the trace. */
  readonly output: string;
  readonly format: 'auto' | GuestFormat;
  /** Of a flat guest. */
  readonly mode?: GuestMode | undefined;
  readonly load?: bigint | undefined;
  readonly entry?: bigint | undefined;
  /** Bytes of RAM. */
  readonly memory?: number | undefined;
  readonly maxSteps?: number | undefined;
  /** File with what the guest reads from COM1. */
  readonly portInput?: string | undefined;
  /** Replace `output` if it exists. */
  readonly force: boolean;
  readonly dirty: 'auto' | 'ring' | 'log';
  /** Record x87, SSE and AVX registers. */
  readonly fpu: boolean;
  /** Steps between two snapshots; default 1,000,000. */
  readonly snapshotEvery?: number | undefined;
  readonly device?: string | undefined;
  /** What the guest writes to COM1, 0xe9 and 0x402. */
  onOutput(bytes: Uint8Array): void;
  onProgress?(progress: RecordProgress): void;
  readonly signal?: AbortSignal | undefined;
}

export interface RecordProgress {
  readonly steps: number;
  readonly seconds: number;
  readonly fileBytes: number;
  readonly maxSteps: number | undefined;
}

export interface RecordResult {
  readonly steps: number;
  readonly stopReason: string;
  /** One sentence on why the recording ended. */
  readonly detail: string;
  /** What the guest gave to the debug-exit device. */
  readonly exitCode: number | undefined;
  readonly crashed: boolean;
  /** Of stepping. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly fileBytes: number;
}

const DEFAULT_SNAPSHOT_EVERY = 1_000_000;

/**
 * Records a guest until it stops, a limit is reached or `signal` is aborted.
 *
 * @throws KvmtraceError before anything is recorded; no file is left then, and none that was there
 * is lost
 */
export async function recordGuest(options: RecordOptions): Promise<RecordResult> {
  const guest = loadGuest(options.guest, {
    format: options.format,
    mode: options.mode,
    load: options.load,
    entry: options.entry,
    memorySize: options.memory,
  });
  const input = options.portInput === undefined ? new Uint8Array() : readInput(options.portInput);
  checkOutput(options);
  using machine = createMachine(guest, options);
  const devices = new PlatformDevices({
    portInput: input,
    memorySize: guest.layout.memorySize,
    onOutput: (bytes) => {
      options.onOutput(bytes);
    },
  });
  const msrIndices = machine.kvm.msrIndexList();
  const side = new SideState(machine.vcpu, msrIndices, options.fpu);
  if (options.force) rmSync(options.output, { force: true });
  const recording = await createRecording(traceHeader(guest, machine, side, options), options);
  const { stream } = recording;
  const stepper = new Stepper({
    vcpu: machine.vcpu,
    slots: machine.slots,
    dirty: machine.dirty,
    shadow: machine.shadow,
    bus: devices,
    msr: side.msr,
    onNewCode: (code) => {
      sendInstruction(stream, code);
    },
  });
  stepper.start();
  const capture = new StepCapture(stepper, side);
  const snapshot = (): void => {
    sendSnapshot(stream, machine, msrIndices, devices.save(), capture.memory.changed);
  };
  capture.sendInitial(stream);
  markLoaded(guest, capture.memory, machine);
  snapshot();
  const recorder = new Recorder(
    { stepper, stream, capture, devices, snapshot },
    {
      maxSteps: options.maxSteps ?? Number.MAX_SAFE_INTEGER,
      snapshotEvery: options.snapshotEvery ?? DEFAULT_SNAPSHOT_EVERY,
    },
  );
  const start = performance.now();
  const secondsSince = (): number => (performance.now() - start) / 1000;
  const stop = await recorder.run(options.signal, () => {
    devices.flushOutput();
    options.onProgress?.({
      steps: recorder.steps,
      seconds: secondsSince(),
      fileBytes: fileSize(options.output),
      maxSteps: options.maxSteps,
    });
  });
  const seconds = secondsSince();
  devices.flushOutput();
  if (!stream.failed && recorder.steps > 0) snapshot();
  const rip = wide(stepper.words[RIP]!, stepper.words[RIP + 1]!);
  const failure = await recording.close(rip, closingMeta(stop, devices.exitCode));
  return summarize({ recorder, stop, failure, devices, seconds, options });
}

function summarize(end: {
  recorder: Recorder;
  stop: Stop;
  failure: WriterError | undefined;
  devices: PlatformDevices;
  seconds: number;
  options: RecordOptions;
}): RecordResult {
  const { recorder, failure, seconds, options } = end;
  const stop: Stop = failure === undefined ? end.stop : writerStop(failure, options.output);
  return {
    steps: recorder.steps,
    stopReason: stop.reason,
    detail: stop.detail,
    exitCode: end.devices.exitCode,
    crashed: isCrash(stop.reason),
    seconds,
    stepsPerSecond: seconds > 0 ? recorder.steps / seconds : 0,
    fileBytes: fileSize(options.output),
  };
}

function writerStop(failure: WriterError, output: string): Stop {
  const full = failure.code === 'SQLITE_FULL' || failure.code.startsWith('SQLITE_IOERR');
  if (!full) return { reason: 'error', detail: `writing ${output} failed: ${failure.message}` };
  return {
    reason: 'disk-full',
    detail: `${output} cannot grow (${failure.message}); what was committed before stays readable: free some space and record again`,
  };
}

function closingMeta(stop: Stop, exitCode: number | undefined): Record<string, string | number> {
  return {
    stop_reason: stop.reason,
    stop_detail: stop.detail,
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
  };
}

function createMachine(guest: LoadedGuest, options: RecordOptions): Machine {
  const { image, layout } = guest;
  const machine = new Machine({
    device: options.device,
    slots: layout.slots,
    cpuid: deterministicCpuid,
    dirty: options.dirty,
  });
  for (const segment of image.segments) machine.load(segment.gpa, segment.data);
  const tables = bootTables(image.mode);
  if (tables !== undefined) machine.load(BOOT_TABLES_GPA, tables);
  const { vcpu } = machine;
  const sregs = vcpu.getSregs();
  applyBootSregs(sregs, image);
  vcpu.setSregs(sregs);
  const regs = vcpu.getRegs();
  regs.bytes.fill(0);
  regs.assign(bootRegisters(image, layout));
  vcpu.setRegs(regs);
  return machine;
}

/** Pages that are not zero at state 0 belong to the first snapshot. */
function markLoaded(guest: LoadedGuest, memory: MemoryDelta, machine: Machine): void {
  const mark = (gpa: number, length: number): void => {
    const index = machine.slots.findIndex((s) => gpa >= s.gpa && gpa < s.gpa + s.size);
    assert(index >= 0, `nothing at gpa 0x${gpa.toString(16)}`);
    const base = machine.slots[index]!.gpa;
    const first = Math.floor((gpa - base) / 4096);
    const last = Math.floor((gpa - base + length - 1) / 4096);
    memory.changed[index]!.fill(1, first, last + 1);
  };
  for (const segment of guest.image.segments) {
    if (segment.data.length > 0) mark(segment.gpa, segment.data.length);
  }
  const tables = bootTables(guest.image.mode);
  if (tables !== undefined) mark(BOOT_TABLES_GPA, tables.length);
}

function traceHeader(
  { image, layout }: LoadedGuest,
  machine: Machine,
  side: SideState,
  options: RecordOptions,
): TraceHeader {
  return {
    path: options.output,
    meta: {
      tool_version: toolVersion,
      guest: options.guest,
      guest_sha256: image.sha256,
      guest_format: image.format,
      mode: image.mode,
      memory: layout.memorySize,
      entry: Number(image.entry),
      load: image.segments[0]?.gpa ?? 0,
      dirty_mode: machine.dirtyMode,
      fpu: options.fpu ? 1 : 0,
      snapshot_every: options.snapshotEvery ?? DEFAULT_SNAPSHOT_EVERY,
      kernel: release(),
    },
    slots: layout.slots.map(({ slot, gpa, size, kind }) => ({
      slot,
      gpa,
      size,
      readonly: false,
      purpose: kind,
    })),
    symbols: image.symbols,
    registers: [...REGISTERS, ...side.registers],
    cpuid: machine.cpuid.map((entry) => ({
      function: entry.function,
      index: entry.index,
      flags: entry.flags,
      eax: entry.eax,
      ebx: entry.ebx,
      ecx: entry.ecx,
      edx: entry.edx,
    })),
  };
}

function sendInstruction(stream: EventStream, code: Code): void {
  stream.instruction(
    code.id,
    code.mode,
    [code.ripLow, code.ripHigh],
    [code.linearLow, code.linearHigh],
    code.bytes,
  );
}

async function createRecording(
  header: TraceHeader,
  options: RecordOptions,
): Promise<TraceRecording> {
  try {
    return await TraceRecording.create(header);
  } catch (error) {
    if (error instanceof KvmtraceError || !(error instanceof WriterError)) throw error;
    rmSync(options.output, { force: true });
    rmSync(`${options.output}-journal`, { force: true });
    const full = error.code === 'SQLITE_FULL' || error.code.startsWith('SQLITE_IOERR');
    const wayOut = full ? 'free some space on that disk' : 'give another path with -o';
    throw (full ? machineError : inputError)(
      `the trace ${options.output} cannot be written (${error.message}): ${wayOut}`,
      error,
    );
  }
}

function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw inputError(`--port-input ${path} cannot be read (${code}): give a readable file`, error);
  }
}

function checkOutput({ output, force }: RecordOptions): void {
  if (!existsSync(output)) return;
  if (statSync(output).isDirectory()) {
    throw inputError(`the output ${output} is a directory: give the path of a file with -o`);
  }
  if (!force) {
    throw inputError(
      `the output ${output} exists already: give another path, or --force to replace it`,
    );
  }
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
