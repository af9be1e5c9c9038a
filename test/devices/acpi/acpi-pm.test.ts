import test from 'ava';
import { ACPI_DISABLE, ACPI_ENABLE, AcpiPm } from '../../../src/devices/acpi/acpi-pm.js';
import { throwsInputError } from '../../guest/formats/errors.js';

const BASE = 0x600;
const HALF = 2 ** 23;

function setup() {
  const seen: unknown[] = [];
  let sci = false;
  const pm = new AcpiPm({
    stepsPerTick: 3,
    sci: (high) => {
      sci = high;
    },
    powerOff: () => seen.push('off'),
  });
  pm.config.write(0x40, 4, BASE);
  pm.config.write(0x80, 1, 1);
  const { handler } = pm.windows()[0]!;
  return { pm, handler, seen, sci: () => sci };
}

test('the timer has 24 bits and counts three times as fast as the PIT', (t) => {
  const { pm, handler } = setup();
  for (const step of [0, 1, 1000, 2 ** 24 - 1]) {
    pm.tick(step);
    t.is(handler.read(BASE + 8, 4), step);
  }
  pm.tick(2 ** 24 + 5);
  t.is(handler.read(BASE + 8, 4), 5);
  t.is(handler.read(BASE + 9, 1), 0);
});

test('the timer interrupts when its upper bit changes, where that is asked for', (t) => {
  const { pm, handler, sci } = setup();
  t.is(pm.nextEventStep(), Infinity);
  handler.write(BASE + 2, 2, 1);
  t.is(pm.nextEventStep(), Infinity, 'no SCI yet');
  pm.write(0xb2, 1, ACPI_ENABLE);
  t.is(handler.read(BASE + 4, 2), 1);
  t.is(pm.nextEventStep(), HALF);
  pm.tick(HALF - 1);
  t.false(sci());
  pm.tick(HALF);
  t.true(sci());
  t.is(handler.read(BASE, 2), 1);
  handler.write(BASE, 2, 1);
  t.false(sci());
  t.is(pm.nextEventStep(), 2 * HALF);
  pm.write(0xb2, 1, ACPI_DISABLE);
  t.is(pm.nextEventStep(), Infinity);
});

test('registers are written whole, by halves and by twos', (t) => {
  const { handler } = setup();
  handler.write(BASE + 2, 1, 0x21);
  handler.write(BASE + 3, 1, 0x05);
  t.is(handler.read(BASE + 2, 2), 0x0521);
  handler.write(BASE, 4, 0x0020_0000);
  t.is(handler.read(BASE + 2, 2), 0x0020);
});

test('sleep type 0 switches the machine off, others do not', (t) => {
  const { handler, seen } = setup();
  handler.write(BASE + 4, 2, 0x2400);
  t.deepEqual(seen, []);
  handler.write(BASE + 4, 2, 0x2000);
  t.deepEqual(seen, ['off']);
  t.is(handler.read(BASE + 4, 2), 0);
});

test('its state comes back', (t) => {
  const { pm, handler } = setup();
  pm.tick(12_345);
  handler.write(BASE + 2, 2, 0x100);
  pm.write(0xb3, 1, 7);
  const copy = setup();
  copy.pm.restore(pm.save());
  t.is(copy.handler.read(BASE + 8, 4), 12_345);
  t.is(copy.handler.read(BASE + 2, 2), 0x100);
  t.is(copy.pm.read(0xb3), 7);
  throwsInputError(t, () => {
    copy.pm.restore(new Uint8Array(3));
  });
});
