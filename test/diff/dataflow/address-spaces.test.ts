/** Memory that differs is blamed by where it lies when it is read, whatever the page tables said before. */
import test from 'ava';
import { Translator } from '../../../src/diff/dataflow/address.js';
import { Side } from '../../../src/diff/side.js';
import { compareFixtures } from '../../helpers/diff-pair.js';
import { writeFixtureTrace, type Fixture, type FixtureStep } from '../../helpers/fixture-trace.js';

const LINEAR = 0x5000;
/** Frames of the page at LINEAR in the first address space, in the second, and after a remapping. */
const [FIRST, SECOND, THIRD] = [0x5000, 0x6000, 0xb000] as const;
/** Where the tables of the two spaces begin: PML4, PDPT, page directory, page table, a page each. */
const [SPACE_1, SPACE_2] = [0x1000, 0x7000] as const;
const PRESENT = 3;

/** A page with one entry. */
function table(index: number, entry: number): Uint8Array {
  const page = new Uint8Array(4096);
  new DataView(page.buffer).setBigUint64(8 * index, BigInt(entry | PRESENT), true);
  return page;
}

function space(at: number, frame: number): Record<number, Uint8Array> {
  const first = at / 0x1000;
  return {
    [first]: table(0, at + 0x1000),
    [first + 1]: table(0, at + 0x2000),
    [first + 2]: table(0, at + 0x3000),
    [first + 3]: table(LINEAR / 0x1000, frame),
  };
}

function fixture(byte: number, steps: readonly FixtureStep[]): Fixture {
  return {
    steps,
    // Of the same guest memory is taken to begin the same.
    meta: { guest_sha256: String(byte).repeat(64) },
    // Long mode: CR0.PE and PG, CR4.PAE, EFER.LME and LMA.
    initial: { cr0: 0x8000_0001, cr3: SPACE_1, cr4: 0x20, efer: 0x500, rdi: LINEAR, rbx: SPACE_2 },
    pages: { ...space(SPACE_1, FIRST), ...space(SPACE_2, SECOND), 5: Uint8Array.of(byte) },
  };
}

const readAl = (rip: number, al: number): FixtureStep => ({
  ...{ rip, bytes: '8a07', text: 'mov al,[rdi]', registers: { rax: al } },
});
const readCl = (rip: number, cl: number): FixtureStep => ({
  ...{ rip, bytes: '8a0f', text: 'mov cl,[rdi]', registers: { rcx: cl } },
});
const loadCr3: FixtureStep = {
  ...{ rip: 0x1002, bytes: '0f22db', text: 'mov cr3,rbx', registers: { cr3: SPACE_2 } },
};

test('an address is translated by the page tables of its step', (t) => {
  const remap: FixtureStep = {
    rip: 0x1007,
    memory: [{ gpa: SPACE_2 + 0x3000 + 8 * 5, size: 8, value: THIRD | PRESENT }],
  };
  const steps = [readAl(0x1000, 1), loadCr3, readCl(0x1005, 7), remap, readCl(0x1005, 9)];
  using side = new Side(writeFixtureTrace(fixture(1, steps)));
  const translator = new Translator(side);
  const gpas = (...states: number[]): (number | undefined)[] =>
    states.map((state) => translator.gpa(BigInt(LINEAR + 4), state));
  t.deepEqual(gpas(0, 1, 2, 3, 4), [FIRST + 4, FIRST + 4, SECOND + 4, SECOND + 4, THIRD + 4]);
  t.deepEqual(gpas(1, 4, 0, 3), [FIRST + 4, THIRD + 4, FIRST + 4, SECOND + 4]);
  t.is(translator.gpa(0x9000n, 0), undefined);
});

test('what another address space has at the same address is no cause', (t) => {
  const steps = (al: number, cl: number): FixtureStep[] => [
    readAl(0x1000, al),
    loadCr3,
    readCl(0x1005, cl),
  ];
  const { exact } = compareFixtures(fixture(1, steps(1, 7)), fixture(2, steps(2, 8)), {
    all: true,
  });
  const [first, second] = exact.groups;
  t.like(first!.first, { stepA: 0 });
  t.like(second?.first, { stepA: 2 });
  t.not(second?.cause.kind, first!.cause.kind);
});
