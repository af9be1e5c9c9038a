/**
 * What the recorder itself costs a step: it records a loop that a scripted vCPU plays, so that no KVM has a
 * part in it. CPU time of the stepping thread, less what the script costs; the writer's thread is another.
 */
import { readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SideState } from '../src/capture/side-state.js';
import { Session } from '../src/capture/session.js';
import { imageMsrs } from '../src/machine/restore.js';
import { RIP } from '../src/machine/register-words.js';
import { Recorder } from '../src/recorder/loop.js';
import { NULL_STREAM } from '../src/recorder/null-stream.js';
import { PlatformDevices } from '../src/recorder/platform-devices.js';
import { recordMachine } from '../src/recorder/record-machine.js';
import { REGISTERS } from '../src/trace/format/registers.js';
import { openTrace } from '../src/trace/read/open.js';
import { scriptedMachine, type ScriptedMachine } from '../test/helpers/scripted/machine.js';
import type { Script } from '../test/helpers/scripted/script.js';
import { LOOP_CODE, LOOP_GPA, loopRegisters, loopScript } from './loop-script.js';
import { median, parseRounds, verdict } from './report.js';
import { root } from './traces.js';

const STEPS = 1_000_000;
const SNAPSHOT_EVERY = 2 * STEPS;

/** Where a long-mode guest begins: its page tables are those of the loop. */
const START = join(root, 'traces/hello.db');

/** Nanoseconds that this thread has been on a CPU (proc(5), schedstat). */
function cpuNanoseconds(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
}

async function perStep(run: () => void | Promise<void>): Promise<number> {
  const start = cpuNanoseconds();
  await run();
  return (cpuNanoseconds() - start) / STEPS;
}

function machineFor(script: Script): { machine: ScriptedMachine; side: SideState } {
  using trace = openTrace(START);
  const machine = scriptedMachine(trace, script);
  machine.load(LOOP_GPA, LOOP_CODE);
  const { registers } = machine.vcpu;
  const snapshot = trace.snapshots.nearest(0)!;
  const msrs = imageMsrs(snapshot.blobs).map(({ index }) => index);
  const side = new SideState(registers, msrs, true);
  for (const [id, value] of loopRegisters(script.count)) registers.put(id, value, 0);
  machine.vcpu.words[RIP] = LOOP_GPA;
  return { machine, side };
}

function noDevices(): PlatformDevices {
  return new PlatformDevices({
    portInput: new Uint8Array(),
    memorySize: 2 * 1024 ** 2,
    onOutput: () => undefined,
  });
}

/** The script alone. */
async function play(script: Script): Promise<number> {
  const { machine } = machineFor(script);
  using played = machine;
  const { vcpu, dirty } = played;
  return await perStep(() => {
    for (let i = 0; i < script.count; i++) {
      vcpu.enter();
      dirty.collect();
      dirty.clear();
    }
  });
}

/** Stepper and capture, whose events nobody takes. */
async function capture(script: Script): Promise<number> {
  const { machine, side } = machineFor(script);
  using stepped = machine;
  const devices = noDevices();
  const session = new Session({ machine: stepped, side, bus: devices });
  const recorder = new Recorder(
    { session, stream: NULL_STREAM, devices, snapshot: () => undefined },
    { maxSteps: script.count, snapshotEvery: SNAPSHOT_EVERY },
  );
  const cost = await perStep(async () => {
    await recorder.run(undefined, () => undefined);
  });
  if (recorder.steps !== script.count) throw new Error(`it ended after ${recorder.steps} steps`);
  return cost;
}

/** All of a recording, into a trace. */
async function record(script: Script, output: string): Promise<number> {
  const { machine, side } = machineFor(script);
  using recorded = machine;
  const header = {
    path: output,
    meta: { guest: 'loop', guest_format: 'flat', fpu: 1, dirty_mode: 'ring' },
    slots: recorded.slots.map(({ slot, gpa, size }) => ({
      ...{ slot, gpa, size, readonly: false, purpose: 'ram' },
    })),
    symbols: [],
    registers: [...REGISTERS, ...side.registers],
    cpuid: [],
  };
  return await perStep(async () => {
    const { steps, detail } = await recordMachine(
      { machine: recorded, side, devices: noDevices(), header },
      { output, force: true, maxSteps: script.count, snapshotEvery: SNAPSHOT_EVERY },
      () => undefined,
    );
    if (steps !== script.count) throw new Error(`it ended after ${steps} steps: ${detail}`);
  });
}

const rounds = parseRounds(process.argv[2]);
const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-bench-'));
try {
  const script = loopScript(STEPS);
  const captures: number[] = [];
  const records: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const played = await play(script);
    const captured = (await capture(script)) - played;
    const recorded = (await record(script, join(directory, 't.db'))) - played;
    console.log(
      `round ${round}: the script ${ns(played)}; stepper and capture ${ns(captured)}, with the event stream ${ns(recorded)}`,
    );
    captures.push(captured);
    records.push(recorded);
  }
  verdict('ns a plain step: stepper and capture (median)', median(captures), '≤', 600);
  verdict('ns a plain step: recording, the writer aside (median)', median(records), '≤', 600);
} finally {
  rmSync(directory, { recursive: true });
}

function ns(value: number): string {
  return `${Math.round(value)} ns a step`;
}
