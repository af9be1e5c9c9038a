/** What a step exchanged with the outside, compared; and which of it is an input that differs. */
import { hex, bytesText, asCharacter } from '../../base/number-text.js';
import type { IgnoreRules } from '../ignore.js';
import type { Interruption } from '../../trace/format/event-sink.js';
import type { Access, Effects } from './effects.js';
import type { Difference } from './result.js';

/** An input that the two traces got differently: where differences begin. */
export interface DifferingInput {
  readonly kind: 'input' | 'interrupt';
  readonly what: string;
  readonly a: string;
  readonly b: string;
  readonly ignored: boolean;
  /** The device that gave it; undefined for what the processor itself reads, such as the time. */
  readonly source?:
    { readonly kind: 'port' | 'mmio'; readonly address: number } | 'interrupt' | undefined;
}

/** The events of a step that differ, and those among them that are inputs. */
export interface EventComparison {
  readonly differences: readonly Difference[];
  readonly inputs: readonly DifferingInput[];
}

/** The same, while it is being added to. */
interface Found {
  readonly differences: Difference[];
  readonly inputs: DifferingInput[];
}

const NOTHING: EventComparison = { differences: [], inputs: [] };

/** Compares inputs, port and MMIO accesses and deliveries of one step of either trace. */
export function compareEvents(a: Effects, b: Effects, rules: IgnoreRules): EventComparison {
  if (!hasEvents(a) && !hasEvents(b)) return NOTHING;
  const found: Found = { differences: [], inputs: [] };
  compareInputs(a, b, rules, found);
  compareAccesses(a, b, rules, found);
  compareInterruptions(a, b, found);
  return found;
}

function hasEvents({ accesses, interruptions, inputs }: Effects): boolean {
  return accesses.length > 0 || interruptions.length > 0 || inputs.length > 0;
}

function compareInputs(
  a: Effects,
  b: Effects,
  rules: IgnoreRules,
  { differences, inputs }: Found,
): void {
  for (let i = 0; i < Math.max(a.inputs.length, b.inputs.length); i++) {
    const inputA = a.inputs[i];
    const inputB = b.inputs[i];
    if (inputA?.kind === inputB?.kind && inputA?.value === inputB?.value) continue;
    const input = (inputA ?? inputB)!.kind;
    const ignored = rules.inputs.has(input);
    if (!ignored) differences.push({ kind: 'input', input, a: inputA?.value, b: inputB?.value });
    const value = (side: typeof inputA): string => (side === undefined ? 'none' : hex(side.value));
    inputs.push({ kind: 'input', what: input, a: value(inputA), b: value(inputB), ignored });
  }
}

function compareAccesses(
  a: Effects,
  b: Effects,
  rules: IgnoreRules,
  { differences, inputs }: Found,
): void {
  for (let i = 0; i < Math.max(a.accesses.length, b.accesses.length); i++) {
    const x = a.accesses[i];
    const y = b.accesses[i];
    if (sameAccess(x, y)) continue;
    const { kind, address, write } = (x ?? y)!;
    const isPort = kind === 'port';
    const ignored = isPort ? rules.ports.has(address) : !write && rules.inputs.has('mmio');
    if (!ignored) {
      const direction = isPort ? (write ? 'out' : 'in') : write ? 'write' : 'read';
      differences.push({ kind, direction, address, a: x?.data, b: y?.data });
    }
    const alike = x?.kind === y?.kind && x?.address === y?.address && x?.write === y?.write;
    if (!alike || write) continue;
    const what = isPort ? `port ${hex(address)}` : `MMIO ${hex(address)}`;
    const texts = { a: dataText(x), b: dataText(y) };
    inputs.push({ kind: 'input', what, ...texts, ignored, source: { kind, address } });
  }
}

function dataText(access: Access | undefined): string {
  if (access === undefined) return 'none';
  return bytesText(access.data, 8) + asCharacter(access.data);
}

function sameAccess(a: Access | undefined, b: Access | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.kind === b.kind &&
    a.write === b.write &&
    a.address === b.address &&
    a.size === b.size &&
    Buffer.compare(a.data, b.data) === 0
  );
}

function compareInterruptions(a: Effects, b: Effects, { differences, inputs }: Found): void {
  for (let i = 0; i < Math.max(a.interruptions.length, b.interruptions.length); i++) {
    const x = a.interruptions[i];
    const y = b.interruptions[i];
    const textA = x === undefined ? undefined : interruptionText(x);
    const textB = y === undefined ? undefined : interruptionText(y);
    if (textA === textB) continue;
    differences.push({ kind: 'interruption', a: textA, b: textB });
    // Exceptions follow from what the machine does; interrupts come from outside.
    if (!isExternal(x) && !isExternal(y)) continue;
    const what = 'interrupt';
    inputs.push({
      kind: 'interrupt',
      what,
      a: textA ?? 'none',
      b: textB ?? 'none',
      ignored: false,
      source: 'interrupt',
    });
  }
}

function isExternal(event: Interruption | undefined): boolean {
  return event?.kind === 'interrupt' || event?.kind === 'nmi';
}

function interruptionText({ kind, vector, errorCode, cr2, rip }: Interruption): string {
  return [
    `${kind} vector ${vector}`,
    errorCode === undefined ? [] : `error code ${hex(errorCode)}`,
    cr2 === undefined ? [] : `cr2 ${hex(cr2)}`,
    `at ${hex(rip)}`,
  ]
    .flat()
    .join(', ');
}
