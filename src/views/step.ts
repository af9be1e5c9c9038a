import { formatSymbol } from '../trace/read/symbols.js';
import type { Interruption } from '../trace/read/events.js';
import type { StepAccess } from '../query/step-accesses.js';
import type { StepRecord } from '../query/step-records.js';
import { sourceJson } from './source.js';
import type { Jsonable } from '../base/json.js';
import { shownText } from '../trace/read/syntax.js';

/** A step in the JSON of `kvmtrace steps`. */
export function stepJson(record: StepRecord): Jsonable {
  const { instruction, symbol } = record;
  return {
    step: record.step,
    rip: instruction.rip,
    address: instruction.address,
    symbol: symbol === undefined ? null : formatSymbol(symbol),
    ...(record.source === undefined ? {} : { source: sourceJson(record.source) }),
    mode: instruction.mode,
    bytes: instruction.bytes,
    text: shownText(instruction),
    interruptions: record.interruptions.map(interruptionJson),
    registers: record.registers.map(({ name, before, after }) => ({
      name,
      before: before ?? null,
      after,
    })),
    memory: record.memory.map(({ gpa, before, after }) => ({ gpa, before, after })),
    ...(record.accesses === undefined ? {} : { accesses: record.accesses.map(accessJson) }),
    port_io: record.ports.map(({ port, direction, size, count, data }) => ({
      port,
      direction,
      size,
      count,
      data,
    })),
    mmio: record.mmio.map(({ gpa, direction, data }) => ({ gpa, direction, data })),
    inputs: record.inputs.map(({ kind, value }) => ({ kind, value })),
    assisted: record.assisted,
  };
}

/** What was read is `before`, what was written is `after`. */
function accessJson(access: StepAccess): Jsonable {
  const { gpa, size, reads, writes, silent, implied, before, after } = access;
  return { gpa, size, reads, writes, unchanged: silent, implied, before, after };
}

/** An exception or interrupt as JSON; it is delivered before `step`. */
export function interruptionJson(interruption: Interruption): Jsonable {
  const { step, vector, kind, errorCode, cr2, rip, assisted } = interruption;
  return {
    step,
    vector,
    kind,
    error_code: errorCode ?? null,
    cr2: cr2 ?? null,
    rip,
    assisted,
  };
}
