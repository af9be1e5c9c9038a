/**
 * Doctor's judgements against the stepper: what doctor calls exact, the stepper steps exactly, on
 * the same guests, and what it does not, the stepper does not.
 */
import type { ExecutionContext, ImplementationFn } from 'ava';
import { Kvm } from '../../src/kvm/kvm.js';
import { LOST, type Hazard, type Judgement } from '../../src/doctor/hazard.js';
import { HAZARD_GROUPS } from '../../src/doctor/hazards/index.js';
import { Lab } from '../../src/doctor/lab.js';
import { kvmTest } from '../helpers/kvm.js';
import { stepHazard } from './step-hazard.js';

/** What the first steps of each guest must be; of those not named here, one step to line 1. */
const EXPECTED: Readonly<Record<string, string>> = {
  nop: 'step@1 step@2',
  'jump-to-itself': 'step@0 step@0',
  'self-modifying': 'step@1 step@2 seen',
  'repe-cmpsb': 'step@1 step@2',
  'hlt-stepped': 'step@1',
  iretq: 'step@2',
  iret: 'step@2',
  'far-return': 'step@2',
  'mov-ss': 'step@1 step@2',
  'pop-ss': 'step@1 step@2',
  sti: 'step@1 step@2',
  pushf: 'step@1 step@2 tf=0',
  popf: 'step@1 step@2',
  // The guest's own #DB would come after line 1.
  'popf-trap-flag': 'step@1 deliver@gate1',
  syscall: 'step@syscall tf=0',
  'int-n': 'step@gate64',
  int3: 'step@gate3',
  int1: 'step@gate1',
  'undefined-opcode': 'deliver@gate6',
  'divide-error': 'deliver@gate0',
  'general-protection': 'deliver@gate13',
  'page-fault': 'deliver@gate14',
  'double-fault': 'stop:shutdown',
  'triple-fault': 'stop:shutdown',
  interrupt: 'deliver@gate64',
  'frame-exception': 'deliver@gate6 tf=0',
  'frame-interrupt': 'deliver@gate64 tf=0',
  'frame-int-n': 'step@gate64 tf=0',
  'frame-user-exception': 'deliver@gate6 tf=0',
  'frame-user-interrupt': 'deliver@gate64 tf=0',
  'user-32': 'step@1 step@2',
  'user-64': 'step@1 step@2',
  'iretq-to-64': 'step@2',
  'iretq-to-32': 'step@2 step@3',
  'far-return-to-32': 'step@2',
  sysret: 'step@2',
  'user-exception': 'deliver@gate6',
  'user-interrupt': 'deliver@gate64',
  'user-pushf': 'step@1 step@2 tf=0',
  'user-int-n': 'step@gate64',
};

/** The stepper injects none of these by itself, or never starts where they do. */
const SKIPPED = [
  'inject-software',
  'inject-exception',
  'interrupt-masked',
  'nmi',
  'frame-nmi',
  'frame-injected-int-n',
  'user-64',
];

const GOOD: readonly Judgement[] = ['exact', 'assisted'];

for (const { name, hazards } of HAZARD_GROUPS) {
  const title = `${name}: the stepper does what doctor says`;
  const check: ImplementationFn<[]> = (t) => {
    using lab = new Lab(() => Kvm.open());
    for (const hazard of hazards) {
      if (!SKIPPED.includes(hazard.id)) agree(t, lab, hazard);
    }
  };
  kvmTest(title, check);
}

/** Judgements follow what the stepper can do: when one of the two changes, so must the other. */
function agree(t: ExecutionContext, lab: Lab, hazard: Hazard): void {
  const { code, judgement, phrase, exits } = lab.examine(hazard);
  if (code === LOST.code) {
    t.log(`${hazard.id} (${hazard.mode}): ${phrase}`);
    return;
  }
  const expected = code === 'undefined' ? 'deliver@gate6' : (EXPECTED[hazard.id] ?? 'step@1');
  const found = stepHazard(lab.kvm, hazard, expected.split(' ').length);
  const says = `${hazard.id} (${hazard.mode}): doctor says ${judgement}, ${phrase} (${exits})`;
  if (judgement === 'unknown') {
    t.log(`${says}; the stepper: ${found}`);
    return;
  }
  if (GOOD.includes(judgement)) t.is(found, expected, says);
  else t.not(found, expected, `${says}, but the stepper steps it well: ${found}`);
}
