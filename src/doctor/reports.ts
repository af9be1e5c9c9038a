/** What KVM reports beside its exits: written pages, and registers in the run page. */
import { PAGE_BYTES } from '../base/page.js';
import { kvmRegs, kvmSregs } from '../kvm/abi/registers.js';
import { SYNC_X86 } from '../kvm/abi/run.js';
import type { Kvm } from '../kvm/kvm.js';
import { RUN_OFFSET } from '../kvm/run-page.js';
import { NOPS_AND_HLT, type KnownBehaviour } from './hazard.js';
import { judge } from './hazard.js';
import { startGuest, type DoctorGuest } from './guest.js';
import { DATA, RAM_BYTES, STACK } from './layout.js';
import type { HazardResult } from './lab.js';
import { SmallVm, type PageReports } from './small-vm.js';
import { runAttempt, type Attempt } from './run.js';

/** A guest that writes to one page, in one way. */
interface Writing {
  readonly id: string;
  readonly name: string;
  readonly guest: DoctorGuest;
  readonly attempt: Attempt;
  readonly page: number;
}

const WRITINGS: readonly Writing[] = [
  {
    ...{ id: 'write', name: 'write of an instruction', page: DATA / PAGE_BYTES },
    guest: { mode: 'long', code: ['c6 03 01  mov byte ptr [rbx], 1', ...NOPS_AND_HLT] },
    attempt: { how: 'step', exits: 1 },
  },
  {
    // KVM copies the data in when the exit is completed, not when the guest runs.
    ...{ id: 'ins', name: 'write of INSB', page: DATA / PAGE_BYTES },
    guest: { mode: 'long', code: ['6c  insb [rdi], dx', ...NOPS_AND_HLT] },
    attempt: { how: 'step', exits: 1 },
  },
  {
    ...{ id: 'frame', name: 'frame of an exception', page: STACK / PAGE_BYTES - 1 },
    guest: { mode: 'long', code: ['0f 0b  ud2', ...NOPS_AND_HLT] },
    attempt: { how: 'break', at: { gate: 6 }, exits: 1 },
  },
];

const REPORTED: readonly KnownBehaviour[] = [
  { exits: 'reported', code: 'reported', phrase: 'reported', judgement: 'exact' },
  { exits: 'missed', code: 'missed', phrase: 'not reported', judgement: 'inexact' },
];

/** One result for each way to write, through the dirty ring or the dirty log. */
export function examineWrites(kvm: Kvm, reports: Exclude<PageReports, 'none'>): HazardResult[] {
  using vm = new SmallVm(kvm, { reports });
  if (reports === 'ring' && vm.vcpu.dirtyRing === undefined) return [];
  return WRITINGS.map(({ id, name, guest, attempt, page }) => {
    startGuest(vm, guest);
    takePages(vm);
    runAttempt(vm, guest, attempt);
    const exits = takePages(vm).has(page) ? 'reported' : 'missed';
    return {
      ...{ id: `${reports}-${id}`, name, mode: guest.mode },
      ...{ assembly: guest.code[0]!.replace(/^.*? {2}/, ''), exits },
      ...judge(REPORTED, exits),
    };
  });
}

function takePages({ vm, vcpu, ram }: SmallVm): Set<number> {
  const pages = new Set<number>();
  if (vcpu.dirtyRing !== undefined) {
    const found = new Float64Array(2 * vcpu.dirtyRing.entries);
    const count = vcpu.dirtyRing.harvest(found);
    for (let i = 0; i < count; i++) pages.add(found[2 * i + 1]!);
    if (count > 0) vm.resetDirtyRings();
    return pages;
  }
  const bitmap = new Uint8Array(RAM_BYTES / PAGE_BYTES / 8 + 8);
  vm.getDirtyLog(ram.slot, bitmap);
  for (let page = 0; page < RAM_BYTES / PAGE_BYTES; page++) {
    if ((bitmap[page >> 3]! & (1 << (page & 7))) !== 0) pages.add(page);
  }
  return pages;
}

const SHARED: readonly KnownBehaviour[] = [
  { exits: 'same', code: 'same', phrase: 'are what KVM_GET_REGS says', judgement: 'exact' },
  { exits: 'other', code: 'other', phrase: 'are not what KVM_GET_REGS says', judgement: 'inexact' },
];
const TAKEN: readonly KnownBehaviour[] = [
  { exits: 'taken', code: 'taken', phrase: 'are taken at the next entry', judgement: 'exact' },
  { exits: 'ignored', code: 'ignored', phrase: 'are ignored', judgement: 'inexact' },
];
const COMPLETES: readonly KnownBehaviour[] = [
  { exits: 'errno4 0', code: 'runs-nothing', phrase: 'runs nothing', judgement: 'exact' },
];

/** KVM_CAP_SYNC_REGS and KVM_CAP_IMMEDIATE_EXIT at work. */
export function examineRunPage(kvm: Kvm): HazardResult[] {
  using vm = new SmallVm(kvm);
  const { run } = vm.vcpu;
  const guest: DoctorGuest = { mode: 'long', code: ['ff c0  inc eax', 'ff c0  inc eax'] };
  startGuest(vm, guest);
  run.validRegs = SYNC_X86.KVM_SYNC_X86_REGS | SYNC_X86.KVM_SYNC_X86_SREGS;
  vm.step();
  vm.vcpu.enter();
  const same =
    isSame(run.bytes, RUN_OFFSET.regs, vm.vcpu.getRegs().bytes) &&
    isSame(run.bytes, RUN_OFFSET.sregs, vm.vcpu.getSregs().bytes);
  const shared = kvmRegs.over(run.bytes.subarray(RUN_OFFSET.regs));
  shared.rax = 41n;
  run.dirtyRegs = SYNC_X86.KVM_SYNC_X86_REGS;
  vm.vcpu.enter();
  const taken = vm.vcpu.getRegs().rax === 42n;

  startGuest(vm, guest);
  vm.step();
  run.immediateExit = true;
  const result = vm.vcpu.enter();
  run.immediateExit = false;
  const moved = vm.vcpu.getRegs().rax;
  const row = (
    id: string,
    name: string,
    exits: string,
    known: readonly KnownBehaviour[],
  ): HazardResult => ({
    ...{ id, name, mode: 'long', assembly: 'inc eax', exits },
    ...judge(known, exits),
  });
  return [
    row('sync-regs', 'registers in the run page', same ? 'same' : 'other', SHARED),
    row('sync-regs-dirty', 'registers written there', taken ? 'taken' : 'ignored', TAKEN),
    row('immediate-exit', 'immediate_exit', `errno${-result} ${moved}`, COMPLETES),
  ];
}

function isSame(page: Uint8Array, offset: number, bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, kvmSregs.sizeBytes);
  return Buffer.compare(page.subarray(offset, offset + length), bytes.subarray(0, length)) === 0;
}
