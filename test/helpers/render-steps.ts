/**
 * The steps of a trace as lines of text, with everything that each changed:
 *
 *     7c02 out 0x80, al | out 80:1=41
 *     7c04 push ax | rsp 7000→6ffe; [6ffe]:2=41
 *     -- fault 6 at 7c05
 *
 * Register values are hexadecimal, rflags the flags that came and went. A value that is a declared
 * input is `?`, and stays so until something else is written there.
 */
import type { InterruptionRow, MemoryRow, MmioRow, PortRow, TraceRows } from './trace-rows.js';

const FLAGS = new Map<number, string>(
  Object.entries({
    ...{ 0: 'cf', 2: 'pf', 4: 'af', 6: 'zf', 7: 'sf', 8: 'tf', 9: 'if', 10: 'df', 11: 'of' },
    ...{ 14: 'nt', 16: 'rf', 17: 'vm', 18: 'ac', 19: 'vif', 20: 'vip', 21: 'id' },
  }).map(([bit, name]) => [Number(bit), name]),
);

/** Inputs whose value differs from run to run or host to host. */
const VARYING = new Set(['tsc', 'tscp', 'cpuid', 'pmc', 'random']);

export function renderSteps(rows: TraceRows): string[] {
  const values = new Map<string, bigint>();
  const unknown = new Set<string>();
  const changes = new Map<number, string[]>();
  const add = (step: bigint, what: string): void => {
    const list = changes.get(Number(step));
    if (list === undefined) changes.set(Number(step), [what]);
    else list.push(what);
  };
  const varying = new Set(rows.inputs.filter(({ kind }) => VARYING.has(kind)).map((i) => i.step));
  for (const { step, name, value } of rows.registers) {
    const old = unknown.has(name) ? undefined : values.get(name);
    values.set(name, value);
    if (varying.has(step) && name !== 'rflags') unknown.add(name);
    else unknown.delete(name);
    if (step >= 0n) add(step, registerChange(name, old, unknown.has(name) ? undefined : value));
  }
  for (const run of memoryRuns(rows.memory)) add(run[0]!.step, renderMemory(run));
  for (const row of rows.ports) add(row.step, renderPort(row));
  for (const row of rows.mmio) add(row.step, renderMmio(row));
  for (const { step, kind } of rows.inputs) add(step, `input ${kind}`);
  const lines = (changes.get(-1) ?? []).map((what) => `before all | ${what}`);
  for (let step = 0; step <= rows.steps.length; step++) {
    for (const row of rows.interruptions) {
      if (Number(row.step) === step) lines.push(renderInterruption(row));
    }
    const instruction = rows.steps[step];
    if (instruction === undefined) continue;
    const what = (changes.get(step) ?? []).join('; ');
    const head = `${hex(instruction.rip)} ${instruction.text}`;
    lines.push(what === '' ? head : `${head} | ${what}`);
  }
  return lines;
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}

function registerChange(name: string, old: bigint | undefined, value: bigint | undefined): string {
  if (name === 'rflags' && old !== undefined && value !== undefined) return flagChange(old, value);
  const text = (v: bigint | undefined): string => (v === undefined ? '?' : hex(v));
  return `${name} ${text(old)}→${text(value)}`;
}

function flagChange(old: bigint, value: bigint): string {
  let text = '';
  for (let bit = 0; bit < 64; bit++) {
    const now = (value >> BigInt(bit)) & 1n;
    if (now === ((old >> BigInt(bit)) & 1n)) continue;
    text += `${now === 1n ? '+' : '-'}${FLAGS.get(bit) ?? `bit${bit}`}`;
  }
  return text === '' ? `rflags ${hex(old)}→${hex(value)}` : text;
}

/** A string instruction makes rows without end: more than this many contiguous ones become one. */
const SHOWN_ROWS = 8;

/** Rows of a step that lie side by side, where there are many of them; else single rows. */
function memoryRuns(rows: readonly MemoryRow[]): MemoryRow[][] {
  const runs: MemoryRow[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const joins = last?.step === row.step && last.gpa + last.size === row.gpa;
    if (joins) run!.push(row);
    else runs.push([row]);
  }
  return runs.flatMap((run) => (run.length > SHOWN_ROWS ? [run] : run.map((row) => [row])));
}

function renderMemory(run: readonly MemoryRow[]): string {
  const { gpa, size, value } = run[0]!;
  if (run.length === 1) {
    return `[${hex(gpa)}]:${size}=${BigInt.asUintN(Number(size) * 8, value).toString(16)}`;
  }
  const bytes = run.flatMap((row) =>
    Array.from({ length: Number(row.size) }, (_, i) => Number((row.value >> BigInt(8 * i)) & 255n)),
  );
  return `[${hex(gpa)}]=${renderData(Buffer.from(bytes))}`;
}

/** Data in order of address; of long data both ends, or the one byte that it repeats. */
function renderData(data: Buffer): string {
  if (data.length <= 32) return data.toString('hex');
  const same = data.every((byte) => byte === data[0]);
  const ends = `${data.subarray(0, 4).toString('hex')}..${data.subarray(-4).toString('hex')}`;
  return `${same ? data.subarray(0, 1).toString('hex') : ends}*${data.length}`;
}

function renderPort({ port, direction, size, count, data }: PortRow): string {
  const times = count === 1n ? '' : `x${count}`;
  return `${direction} ${hex(port)}:${size}${times}=${renderData(data)}`;
}

function renderMmio({ gpa, direction, size, data }: MmioRow): string {
  return `${direction} ${hex(gpa)}:${size}=${renderData(data)}`;
}

function renderInterruption(row: InterruptionRow): string {
  const { vector, kind, error_code: code, cr2, rip, assisted } = row;
  return (
    `-- ${kind} ${vector} at ${hex(rip)}` +
    (code === null ? '' : ` code ${code.toString(16)}`) +
    (cr2 === null ? '' : ` cr2 ${hex(cr2)}`) +
    (assisted === 0n ? '' : ' assisted')
  );
}
