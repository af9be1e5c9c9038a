import { isSteadyMsr } from '../x86/msr-names.js';
import type { Code } from '../stepper/code-cache.js';
import { RFLAGS } from '../machine/register-words.js';
import type { Stepper } from '../stepper/stepper.js';
import type { FedStep } from '../trace/read/stream/step-feed.js';
import { FLAG_BITS } from '../x86/flag-bits.js';

const RAX = 0;
const RBX = 1;
const RCX = 2;
const RDX = 3;
const RFLAGS_ID = 16;

const EDX_EAX = [RAX, RDX];
const EAX_TO_EDX = [RAX, RBX, RCX, RDX];

/**
 * After an instruction whose result does not follow from the state before: gives the registers that
 * it writes the recorded values. RDTSC is the host's counter whatever one sets (kvm-stepping,
 * "Determinism"), and a random number cannot be asked for again. CPUID and MSRs are the host's doing
 * only in part: where the host is the one that recorded, they have to come out the same by themselves.
 * So do flags that the manual leaves undefined, which are the processor's doing.
 *
 * @returns how many inputs were fed
 */
export function feedInputs(
  stepper: Stepper,
  code: Code,
  fed: FedStep,
  isSameHost: boolean,
): number {
  const { input, destination, undefinedFlags } = code.class;
  if (undefinedFlags !== 0 && !isSameHost) return feedFlags(stepper, undefinedFlags, fed) ? 1 : 0;
  switch (input) {
    case undefined:
      return 0;
    case 'random':
      feedRandom(stepper, destination, fed);
      return 1;
    case 'cpuid':
      if (isSameHost) return 0;
      feedLowWords(stepper, EAX_TO_EDX, fed);
      return 1;
    case 'msr':
      if (isSameHost && isSteadyMsr(stepper.before[2 * RCX]! >>> 0)) return 0;
      feedLowWords(stepper, EDX_EAX, fed);
      return 1;
    default:
      feedLowWords(stepper, EDX_EAX, fed);
      return 1;
  }
}

/** 32-bit results: the upper halves are zero by themselves. */
function feedLowWords(stepper: Stepper, ids: readonly number[], fed: FedStep): void {
  let changed = false;
  for (const id of ids) {
    const at = indexOf(fed, id);
    // Not in the trace: the value was what the register held already.
    const low = at < 0 ? stepper.before[2 * id]! : fed.words[at + 1]!;
    changed = setRegister(stepper, id, low, stepper.words[2 * id + 1]!) || changed;
  }
  if (changed) stepper.writeBack();
}

/** The whole register, whatever part of it was written, and CF, which says whether there was one. */
function feedRandom(stepper: Stepper, destination: number, fed: FedStep): void {
  let changed: boolean;
  const at = indexOf(fed, destination);
  if (at < 0) changed = keepRegister(stepper, destination);
  else changed = setRegister(stepper, destination, fed.words[at + 1]!, fed.words[at + 2]!);
  changed = setFlags(stepper, FLAG_BITS.cf, fed) || changed;
  if (changed) stepper.writeBack();
}

/** Returns whether some were other ones. */
function feedFlags(stepper: Stepper, flags: number, fed: FedStep): boolean {
  const changed = setFlags(stepper, flags, fed);
  if (changed) stepper.writeBack();
  return changed;
}

/** Arithmetic flags: a delivery right after the step, which `fed` has too, leaves those alone. */
function setFlags(stepper: Stepper, flags: number, fed: FedStep): boolean {
  const at = indexOf(fed, RFLAGS_ID);
  const { words, before } = stepper;
  const recorded = at < 0 ? before[RFLAGS]! : fed.words[at + 1]!;
  const low = (words[RFLAGS]! & ~flags) | (recorded & flags);
  return setRegister(stepper, RFLAGS_ID, low, words[RFLAGS + 1]!);
}

/**
 * Gives a register (0–15 in the order of struct kvm_regs, 16 for rflags) the value that it had when
 * this was recorded. Returns whether it had another; `writeBack` then makes it so.
 */
function setRegister({ words }: Stepper, id: number, low: number, high: number): boolean {
  const at = wordOf(id);
  if (words[at] === low && words[at + 1] === high) return false;
  words[at] = low;
  words[at + 1] = high;
  return true;
}

/** Gives a register the value that it had before the step. */
function keepRegister(stepper: Stepper, id: number): boolean {
  const at = wordOf(id);
  return setRegister(stepper, id, stepper.before[at]!, stepper.before[at + 1]!);
}

function wordOf(id: number): number {
  return id === RFLAGS_ID ? RFLAGS : 2 * id;
}

/** Index of a register's row in `fed.words`, or -1. */
function indexOf(fed: FedStep, id: number): number {
  const end = fed.registersAt + 3 * fed.registerCount;
  for (let at = fed.registersAt; at < end; at += 3) if (fed.words[at] === id) return at;
  return -1;
}
