import test from 'ava';
import fc from 'fast-check';
import { encodeDescriptor } from '../../../src/guest/boot/segments.js';
import { bootTables, gdtLimit, SELECTOR } from '../../../src/guest/boot/tables.js';

const BASE = 0xffff0000;
const long = new DataView(bootTables('long')!.buffer);

/** As the processor walks them: gpa of a gva, and the flags met on the way. */
function walk(gva: bigint): { gpa: bigint; flags: bigint[] } {
  const flags: bigint[] = [];
  let table = BigInt(BASE);
  for (const shift of [39n, 30n, 21n]) {
    const index = Number((gva >> shift) & 0x1ffn);
    const entry = long.getBigUint64(Number(table) - BASE + 8 * index, true);
    flags.push(entry & 0xfffn);
    table = entry & ~0xfffn;
  }
  return { gpa: table + (gva & 0x1fffffn), flags };
}

test('long mode maps every gva below 4 GiB to itself', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), (gva) => {
      t.deepEqual(walk(gva), { gpa: gva, flags: [0x23n, 0x23n, 0xe3n] });
    }),
  );
  t.is(long.getBigUint64(0x1000 + 8 * 4, true), 0n, 'nothing is mapped above');
});

test('the GDT holds the descriptors of the SDM', (t) => {
  const entry = (tables: DataView, selector: number): string =>
    tables
      .getBigUint64(0x6000 + selector, true)
      .toString(16)
      .padStart(16, '0');
  const protectedMode = new DataView(bootTables('protected')!.buffer);
  t.is(entry(long, 0), '0'.repeat(16));
  t.is(entry(long, SELECTOR.code), '00af9b000000ffff');
  t.is(entry(protectedMode, SELECTOR.code), '00cf9b000000ffff');
  for (const tables of [long, protectedMode]) {
    t.is(entry(tables, SELECTOR.data), '00cf93000000ffff');
    t.is(entry(tables, SELECTOR.code32), '00cf9b000000ffff');
    t.is(entry(tables, SELECTOR.data32), '00cf93000000ffff');
    t.is(entry(tables, SELECTOR.code16), '00009b000000ffff');
    t.is(entry(tables, SELECTOR.data16), '000093000000ffff');
    t.is(entry(tables, SELECTOR.tss), 'ff008bff70000067');
    t.is(entry(tables, SELECTOR.tss + 8), '0'.repeat(16));
    t.is(tables.getUint16(0x7066, true), 0x68);
  }
  t.is(gdtLimit('long'), 0x47);
  t.is(gdtLimit('protected'), 0x3f);
});

test('protected mode has no page tables, real mode no tables at all', (t) => {
  t.true(
    bootTables('protected')!
      .subarray(0, 0x6000)
      .every((byte) => byte === 0),
  );
  t.is(bootTables('real'), undefined);
});

test('base and limit survive the encoding', (t) => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(word, fc.integer({ min: 0, max: 0xfffff }), (base, limit) => {
      const code = encodeDescriptor({ base, limit, type: 11, s: 1, l: 0, db: 1, g: 0 });
      t.is(((code >> 16n) & 0xffffffn) | ((code >> 32n) & 0xff000000n), BigInt(base));
      t.is((code & 0xffffn) | ((code >> 32n) & 0xf0000n), BigInt(limit));
    }),
  );
});
