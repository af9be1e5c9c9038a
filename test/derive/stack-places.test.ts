import test from 'ava';
import fc from 'fast-check';
import { StackPlaces } from '../../src/derive/stack-places.js';

/** What is done one after the other: pops, a push, and perhaps a raise. */
const places = fc.array(
  fc.record({ place: fc.integer({ min: -40, max: 40 }), pops: fc.nat(3), raise: fc.nat(80) }),
  { maxLength: 60 },
);

test('finds the lowest place at or above a pointer, the newest of equals', (t) => {
  fc.assert(
    fc.property(places, fc.integer({ min: -45, max: 45 }), (changes, pointer) => {
      const index = new StackPlaces();
      const model: { place: number; tag: number }[] = [];
      for (const [tag, { place, pops, raise }] of changes.entries()) {
        for (let i = 0; i < pops && model.length > 0; i++) {
          model.pop();
          index.pop();
        }
        model.push({ place, tag });
        index.push(place, tag);
        if (raise > 60) {
          index.raise(place + raise - 60);
          model.at(-1)!.place = place + raise - 60;
        }
      }
      const found = model
        .filter(({ place }) => place >= pointer)
        .reduce<(typeof model)[number] | undefined>(
          (best, each) => (best === undefined || each.place <= best.place ? each : best),
          undefined,
        );
      t.is(index.find(pointer), found?.tag);
    }),
    { numRuns: 500 },
  );
});
