import test from 'ava';
import { Trace } from '../../src/query/trace.js';
import { describeFault } from '../../src/query/virtual-memory.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const PRESENT_WRITABLE = 3n;

/** A page of 8-byte entries. */
function table(entries: Readonly<Record<number, bigint>>): Uint8Array {
  const page = Buffer.alloc(4096);
  for (const [index, entry] of Object.entries(entries)) {
    page.writeBigUInt64LE(entry, Number(index) * 8);
  }
  return page;
}

/** 0x400000 is mapped to 0x5000, and from step 1 on to 0x6000; its neighbour to nowhere. */
function pagedTrace(): Trace {
  const path = writeFixtureTrace({
    initial: { cr0: 0x80000011n, cr3: 0x1000, cr4: 0x20, efer: 0x500 },
    slots: [{ gpa: 0, size: 0x8000 }],
    pages: {
      1: table({ 0: 0x2000n | PRESENT_WRITABLE, 1: 0x9_0000n | PRESENT_WRITABLE }),
      2: table({ 0: 0x3000n | PRESENT_WRITABLE }),
      3: table({ 2: 0x4000n | PRESENT_WRITABLE, 3: 0x4000_0000n | 0x83n }),
      4: table({
        0: 0x5000n | PRESENT_WRITABLE,
        1: 0x7000n | PRESENT_WRITABLE,
        2: 0xf_f000n | PRESENT_WRITABLE,
      }),
      5: Buffer.alloc(4096, 0x55),
      6: Buffer.alloc(4096, 0x66),
      7: Buffer.alloc(4096, 0x77),
    },
    steps: [
      { rip: 0x1000, memory: [{ gpa: 0x4000, size: 8, value: 0x6003 }] },
      { rip: 0x1003, registers: { cr0: 0x11 } },
    ],
  });
  return Trace.open(path);
}

test('reads through the page tables as they stood at the state', (t) => {
  using trace = pagedTrace();
  const read = (n: number): string =>
    Buffer.from(trace.state(n).readVirtual(0x400ffen, 4).bytes).toString('hex');
  t.is(read(0), '55557777');
  t.is(read(1), '66667777');
});

test('with paging off, linear is physical', (t) => {
  using trace = pagedTrace();
  t.is(trace.state(2).readVirtual(0x5000n, 1).bytes[0], 0x55);
  const { bytes, fault } = trace.state(2).readVirtual(0x7ffcn, 8);
  t.is(bytes.length, 4);
  t.is(describeFault(fault!), "0x8000 is outside of the guest's memory");
});

test('tells faults, with the bytes before them', (t) => {
  using trace = pagedTrace();
  const state = trace.state(0);
  const fault = (gva: bigint, length = 8): string =>
    describeFault(state.readVirtual(gva, length).fault!);
  t.is(fault(0x403000n), '0x403000 is not present: its entry in the page table (level 1) says so');
  t.is(
    fault(0x200000n),
    '0x200000 is not present: its entry in the page directory (level 2) says so',
  );
  t.is(fault(0x8000_0000_0000n), '0x800000000000 is not canonical: no linear address in this mode');
  t.is(
    fault(0x80_0000_0000n),
    "0x8000000000 is not mapped: the PDPT (level 3) is outside of the guest's memory",
  );
  t.is(fault(0x402000n), "0x402000 is outside of the guest's memory");
  const read = state.readVirtual(0x401ffcn, 8);
  t.is(read.bytes.length, 4);
  t.is(read.fault?.address, 0x402000n);
});

test('translates, large pages too', (t) => {
  using trace = pagedTrace();
  const found = trace.state(0).translate(0x612345n);
  t.is(found.kind === 'mapped' ? found.gpa : undefined, 0x4001_2345);
});
