/** Laws of the memory map and the pool, whatever is allocated and freed. */
import test from 'ava';
import fc from 'fast-check';
import {
  AllocateType,
  EFI_PAGE_BYTES,
  MemoryMap,
  MemoryType,
} from '../../../src/guest/uefi/memory-map.js';
import { Pool } from '../../../src/guest/uefi/pool.js';
import { EfiFailure } from '../../../src/uefi/status.js';

const PAGES = 64;

function newMap(): MemoryMap {
  return new MemoryMap([
    { type: MemoryType.reserved, start: 0, pages: 1 },
    { type: MemoryType.conventional, start: EFI_PAGE_BYTES, pages: PAGES - 9 },
    { type: MemoryType.reserved, start: (PAGES - 8) * EFI_PAGE_BYTES, pages: 8 },
  ]);
}

/** The result, or undefined where the service fails. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof EfiFailure) return undefined;
    throw error;
  }
}

const allocation = fc.record({
  how: fc.constantFrom(0, 1, 2),
  type: fc.constantFrom(1, 2, 4, 6, 0x8000_0000),
  pages: fc.integer({ min: 1, max: 20 }),
  page: fc.integer({ min: 0, max: PAGES }),
  free: fc.boolean(),
});

test('ranges stay sorted, apart, joined and all of the RAM', (t) => {
  fc.assert(
    fc.property(fc.array(allocation, { maxLength: 40 }), (actions) => {
      const map = newMap();
      const owner = new Map<number, number>();
      for (const { how, type, pages, page, free } of actions) {
        const { key } = map;
        const start = free
          ? attempt(() => (map.free(page * EFI_PAGE_BYTES, pages), page * EFI_PAGE_BYTES))
          : attempt(() => map.allocate(how, type, pages, page * EFI_PAGE_BYTES));
        if (start === undefined) {
          t.is(map.key, key);
          continue;
        }
        t.true(map.key > key);
        for (let i = 0; i < pages; i++) {
          const at = start / EFI_PAGE_BYTES + i;
          // What is allocated was free, and what is freed was allocated.
          t.is(owner.has(at), free);
          if (free) owner.delete(at);
          else owner.set(at, type);
        }
        if (!free && how === AllocateType.maxAddress) {
          t.true(start + pages * EFI_PAGE_BYTES - 1 <= page * EFI_PAGE_BYTES);
        }
        if (!free && how === AllocateType.address) t.is(start, page * EFI_PAGE_BYTES);
      }
      let end = 0;
      let last = -1;
      for (const range of map.ranges) {
        t.is(range.start, end);
        t.not(range.type, last);
        end += range.pages * EFI_PAGE_BYTES;
        last = range.type;
      }
      t.is(end, PAGES * EFI_PAGE_BYTES);
      for (const [at, type] of owner) t.is(map.typeAt(at * EFI_PAGE_BYTES), type);
    }),
  );
  t.pass();
});

test('pieces of the pool never overlap, and freeing all gives one piece an arena', (t) => {
  const action = fc.record({ size: fc.integer({ min: 0, max: 9000 }), free: fc.nat(50) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const pool = new Pool(newMap());
      const pieces = new Map<number, number>();
      for (const { size, free } of actions) {
        const victim = [...pieces.keys()][free];
        if (victim !== undefined) {
          pool.free(victim);
          pieces.delete(victim);
          const again = (): void => {
            pool.free(victim);
          };
          t.throws(again, { instanceOf: EfiFailure });
        }
        const address = attempt(() => pool.allocate(MemoryType.loaderData, size));
        if (address === undefined) continue;
        t.is(address % 16, 0);
        for (const [other, otherSize] of pieces) {
          t.true(address + Math.max(size, 1) <= other || other + Math.max(otherSize, 1) <= address);
        }
        pieces.set(address, size);
      }
      for (const address of pieces.keys()) pool.free(address);
      t.true(pool.save().every(({ isFree }) => isFree));
    }),
  );
  t.pass();
});
