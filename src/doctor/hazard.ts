/** What the tables of hazards are made of. */
import type { DoctorGuest } from './guest.js';
import type { SmallVm } from './small-vm.js';
import type { Attempt } from './run.js';

/** What a recording makes of a behaviour. */
export type Judgement =
  /** One step per instruction, with everything it changed. */
  | 'exact'
  /** KVM refuses the instruction and kvmtrace carries it out in its place, exactly. */
  | 'assisted'
  /** KVM refuses the instruction: the recording ends there and says so. */
  | 'refused'
  /** KVM runs on without stopping: the recording ends there and says so. */
  | 'not-steppable'
  /** The trace says what happened, but on its own the guest would have seen something else. */
  | 'inexact'
  /** Nobody has thought of it: worth a bug report. */
  | 'unknown';

/** What a hazard turned out to do. */
export interface Finding {
  /** Stable name of the behaviour, for programs. */
  readonly code: string;
  /** The same in a few words. */
  readonly phrase: string;
  readonly judgement: Judgement;
}

/** A behaviour that kvmtrace knows: the exits it shows in. */
export interface KnownBehaviour extends Finding {
  /**
   * A regular expression that matches the whole signature. `debug` stands for the exit of a
   * breakpoint too: which of the two comes first where both are due makes no difference.
   */
  readonly exits: string;
  /** Only where KVM steps by the guest's trap flag: the stepper does other things there. */
  readonly byTrapFlag?: true;
}

/** A guest that shows how KVM behaves where stepping may go wrong. */
export interface Hazard extends DoctorGuest {
  /** Stable, and together with the mode unique. */
  readonly id: string;
  readonly name: string;
  readonly attempts: readonly Attempt[];
  /** What else to look at after the last attempt; becomes part of the signature. */
  readonly observe?: (vm: SmallVm) => string;
  readonly known: readonly KnownBehaviour[];
}

/** Hazards that belong together, under a heading. */
export interface HazardGroup {
  readonly name: string;
  readonly hazards: readonly Hazard[];
}

/** The emulated machine ended by what the guest did. */
export const LOST: KnownBehaviour = {
  exits: 'lost',
  code: 'ends-the-machine',
  phrase: 'QEMU ends by it',
  judgement: 'refused',
};

/** The finding for a signature. What no entry of the table matches is shown as it is. */
export function judge(
  known: readonly KnownBehaviour[],
  signature: string,
  stepsByTrapFlag = false,
): Finding {
  if (signature.split(' ').includes(LOST.exits)) {
    return { code: LOST.code, phrase: LOST.phrase, judgement: LOST.judgement };
  }
  for (const { exits, code, phrase, judgement, byTrapFlag } of known) {
    if (byTrapFlag === true && !stepsByTrapFlag) continue;
    const pattern = exits.replaceAll('debug', '(?:debug|break)');
    if (new RegExp(`^(?:${pattern})$`).test(signature)) return { code, phrase, judgement };
  }
  return { code: 'unknown', phrase: signature, judgement: 'unknown' };
}

/** A single-step that does what one would expect of it. */
export const STEPS: KnownBehaviour = {
  exits: 'debug@1(?: debug@2)?',
  code: 'debug-exit-after',
  phrase: 'a debug exit after it',
  judgement: 'exact',
};

/** The emulator does not know the instruction. */
export const REFUSED: KnownBehaviour = {
  exits: 'refused@0(?: / refused@0)*',
  code: 'refused',
  phrase: 'KVM refuses it',
  judgement: 'refused',
};

/** The same guest in several modes. */
export function inModes<M extends DoctorGuest['mode']>(
  modes: readonly M[],
  hazard: (mode: M) => Hazard,
): Hazard[] {
  return modes.map(hazard);
}

/** Lines that follow the one that matters. */
export const NOPS_AND_HLT = ['90  nop', '90  nop', 'f4  hlt'] as const;
