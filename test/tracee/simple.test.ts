import type { ExecutionContext } from 'ava';
import { GuestMemory } from '../../src/kvm/guest-memory.js';
import { Kvm } from '../../src/kvm/kvm.js';
import {
  CR0_AM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_PE,
  CR0_PG,
  CR0_WP,
  CR4_PAE,
  EFER_LMA,
  EFER_LME,
  PDE64_PRESENT,
  PDE64_PS,
  PDE64_RW,
  PDE64_USER,
} from '../../src/tracee/constants.js';
import type { Vcpu } from '../../src/kvm/vcpu.js';
import { kvmTest } from '../helpers/kvm.js';

/**
 * A machine in long mode made by hand, without the tracee, a piece more in each test: what fails
 * first says which piece a CPU does not like.
 */
interface Options {
  readonly regions: readonly { gpa: number; size: number }[];
  /** Where the three levels of page tables go; they map the first 2 MiB. */
  readonly pageTables: number;
  readonly cpuid: 'none' | 'get' | 'get and set';
}

const HLT = Uint8Array.of(0xf4);
const TABLE_FLAGS = PDE64_PRESENT | PDE64_RW | PDE64_USER;

function writePageTables(memory: GuestMemory, base: number): void {
  const entries = [
    base + 0x1000 + TABLE_FLAGS,
    base + 0x2000 + TABLE_FLAGS,
    TABLE_FLAGS | PDE64_PS,
  ];
  for (const [level, entry] of entries.entries()) {
    const bytes = new Uint8Array(BigUint64Array.of(BigInt(entry)).buffer);
    memory.write(base + level * 0x1000, bytes);
  }
}

function enterLongMode(vcpu: Vcpu, pageTables: number): void {
  const sregs = vcpu.getSregs();
  const flat = { base: 0n, limit: 0xffff_ffff, present: 1, dpl: 0, s: 1, g: 1, avl: 0 };
  sregs.cs.assign({ ...flat, selector: 8, type: 11, db: 0, l: 1 });
  for (const segment of [sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss]) {
    segment.assign({ ...flat, selector: 16, type: 3, db: 1, l: 0 });
  }
  sregs.cr3 = BigInt(pageTables);
  sregs.cr4 = BigInt(CR4_PAE);
  sregs.cr0 = BigInt(CR0_PE + CR0_MP + CR0_ET + CR0_NE + CR0_WP + CR0_AM + CR0_PG);
  sregs.efer = BigInt(EFER_LME + EFER_LMA);
  vcpu.setSregs(sregs);
  const regs = vcpu.getRegs();
  regs.assign({ rip: 0n, rsp: 2n << 20n, rflags: 2n });
  vcpu.setRegs(regs);
}

function halts(t: ExecutionContext, { regions, pageTables, cpuid }: Options): void {
  using kvm = Kvm.open();
  const vm = kvm.createVm();
  vm.setTssAddress(0xfffb_d000);
  const memory = new GuestMemory(vm);
  for (const region of regions) memory.add({ ...region, fill: HLT });
  writePageTables(memory, pageTables);
  const vcpu = vm.createVcpu(0);
  if (cpuid !== 'none') {
    const entries = kvm.supportedCpuid();
    t.true(entries.length > 0);
    if (cpuid === 'get and set') vcpu.setCpuid2(entries);
  }
  enterLongMode(vcpu, pageTables);
  t.is(vcpu.enter(), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
  t.is(vcpu.getRegs().rip, 1n);
}

const REGIONS = (ram: number) => [
  { gpa: 0, size: ram },
  { gpa: 0xffff_0000, size: 0x1_0000 },
  { gpa: 0xff00_0000, size: 0x80_0000 },
];

kvmTest('one region', (t) => {
  halts(t, { regions: [{ gpa: 0, size: 0x20_0000 }], pageTables: 0x2000, cpuid: 'none' });
});

kvmTest('three regions, page tables in the highest', (t) => {
  halts(t, { regions: REGIONS(0x2000_0000), pageTables: 0xffff_0000, cpuid: 'none' });
});

kvmTest('three regions, CPUID asked for', (t) => {
  halts(t, { regions: REGIONS(0x2000_0000), pageTables: 0xffff_0000, cpuid: 'get' });
});

kvmTest('three regions of 2 GiB and more, CPUID set', (t) => {
  halts(t, { regions: REGIONS(0x8000_0000), pageTables: 0xffff_0000, cpuid: 'get and set' });
});
