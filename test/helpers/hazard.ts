/** One small guest per hazard, with the exact steps that a recording of it must have. */
import type { ExecutionContext, ImplementationFn } from 'ava';
import {
  BITS,
  recordListing,
  type Guest,
  type GuestRecordOptions,
  type Recording,
} from './guest.js';
import { FAIL_IN_QEMU } from './hazards-of-qemu.js';
import { hostMxcsrMask, kvmEmulated, kvmTest, knownFailureOfQemu } from './kvm.js';
import { checkListing, parseListing, type ListingLine } from './listing.js';
import { renderSteps } from './render-steps.js';
import { noteSkip } from './skip.js';
import { idt32 } from './tables.js';
import type { TraceRows } from './trace-rows.js';

export interface Hazard extends Guest {
  readonly options?: GuestRecordOptions;
  /** One line per step, as `renderSteps` writes them; MXCSR_MASK stands for the host's. */
  readonly steps: string;
  /** Why the recording ends; default: HLT. */
  readonly stop?: string;
  readonly exitCode?: number;
  /** The guest runs code that is not in its listing: it wrote it itself. */
  readonly modifiesCode?: boolean;
  /** Why this KVM cannot show what the test is about, if so. */
  readonly skip?: (recording: Recording) => string | undefined;
  /** More to check. */
  readonly also?: (t: ExecutionContext, recording: Recording) => void;
}

/** Steps that a test shows of a recording that went astray. */
const MOST_LINES = 100;

const MXCSR_MASK = 'MXCSR_MASK';

export function hazard(title: string, spec: Hazard): void {
  const run: ImplementationFn<[]> = async (t) => {
    await checkHazard(t, title, spec);
  };
  const fault = FAIL_IN_QEMU.get(title);
  if (fault === undefined) kvmTest(title, run);
  else knownFailureOfQemu(fault, title, run);
}

/** How a hazard is recorded: learning of written pages in both ways, and with and without the native loop. */
const WAYS = {
  ring: { dirty: 'auto' },
  log: { dirty: 'log' },
  'no bursts': { dirty: 'auto', bursts: false },
} as const;

/** Records the guest in all ways: each must give the steps that `spec` names. */
async function checkHazard(t: ExecutionContext, title: string, spec: Hazard): Promise<void> {
  t.deepEqual(checkListing(parseListing(spec.listing, BITS[spec.mode])), [], 'the listing');
  const expected = await expectedSteps(spec.steps);
  let first: TraceRows | undefined;
  for (const [way, options] of Object.entries(WAYS)) {
    const recording = await recordListing(spec, { ...spec.options, ...options });
    const reason = spec.skip?.(recording);
    if (reason !== undefined) {
      process.stderr.write(`SKIPPED, ${reason}: ${title}\n`);
      noteSkip(reason);
      return;
    }
    const { rows, result } = recording;
    const found = renderSteps(rows).slice(0, expected.length + MOST_LINES);
    t.deepEqual(found, expected, way);
    t.is(result.stopReason, spec.stop ?? 'hlt', result.detail);
    t.is(result.exitCode, spec.exitCode);
    t.is(result.steps, rows.steps.length);
    checkMeta(t, recording);
    if (spec.modifiesCode !== true) t.deepEqual(strayCode(rows, recording.lines), []);
    spec.also?.(t, recording);
    first ??= rows;
    if (way === 'no bursts') checkSame(t, rows, first);
  }
}

/** The native loop leaves no mark in the trace: what it does not say of steps is the same, too. */
function checkSame(t: ExecutionContext, rows: TraceRows, bursts: TraceRows): void {
  // KVM reports of tables that were walked as well, where the processor counts that as writing to them.
  if (!kvmEmulated) t.deepEqual(rows.unchanged, bursts.unchanged, 'unchanged pages');
  t.deepEqual(rows.memory, bursts.memory, 'memory');
  t.deepEqual(rows.interruptions, bursts.interruptions, 'interruptions');
  // What the guest reads of time is another time.
  if (rows.inputs.length === 0) t.deepEqual(rows.registers, bursts.registers, 'registers');
}

/** A KVM that runs INT3 in protected mode itself needs no assistance with it. */
let assists: Promise<boolean> | undefined;

async function expectedSteps(text: string): Promise<string[]> {
  const lines = text
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '))
    .filter((line) => line !== '')
    .map((line) => (line.includes(MXCSR_MASK) ? line.replace(MXCSR_MASK, hostMxcsrMask()) : line));
  if (!lines.some((line) => ASSISTED.test(line))) return lines;
  assists ??= hasToAssist();
  const isAssisted = await assists;
  return lines.map((line) => line.replace(ASSISTED, (mark) => assistance(mark, isAssisted)));
}

/**
 * How a row ends whose software interrupt or exception kvmtrace delivers: where KVM's emulator does not know
 * the instruction, where QEMU gets it wrong (src/stepper says what), or in both cases.
 */
const ASSISTED = / assisted( by QEMU's fault| by QEMU's fault, too)?$/;

function assistance(mark: string, isAssisted: boolean): string {
  const isQemus = mark.includes('QEMU');
  const isKvms = !isQemus || mark.endsWith('too');
  return (isKvms && isAssisted) || (isQemus && kvmEmulated) ? ' assisted' : '';
}

async function hasToAssist(): Promise<boolean> {
  const { rows } = await recordListing({
    mode: 'protected',
    data: [idt32(0x101000, { 3: 0x100010 })],
    listing: `
      100000  0f 01 1d 08 00 10 00  lidt [0x100008]
      100007  cc                    int3
      100008  1f 00 00 10 10 00     db
      100010  f4                    hlt
    `,
  });
  return rows.interruptions[0]?.assisted === 1n;
}

function checkMeta(t: ExecutionContext, { rows, result }: Recording): void {
  t.is(rows.meta.get('steps'), BigInt(rows.steps.length));
  t.is(rows.meta.get('complete'), 1n);
  t.is(rows.meta.get('stop_reason'), result.stopReason);
}

/** Instructions of the trace that are not, in this mode, at this address, in the listing. */
function strayCode(rows: TraceRows, lines: readonly ListingLine[]): string[] {
  const known = new Set(
    lines
      .filter(({ text }) => text !== undefined)
      .map(({ address, bytes, bits }) => key(address, Buffer.from(bytes), bits)),
  );
  return rows.steps
    .map(({ address, bytes, mode }) => key(Number(address), bytes, Number(mode)))
    .filter((code) => !known.has(code));
}

function key(address: number, bytes: Buffer, bits: number): string {
  return `${address.toString(16)} ${bytes.toString('hex')} ${bits}`;
}
