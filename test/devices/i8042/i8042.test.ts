import test from 'ava';
import { I8042 } from '../../../src/devices/i8042/i8042.js';

function setup() {
  const lines = { keyboard: false, mouse: false };
  const seen: string[] = [];
  const device = new I8042({
    keyboard: (high) => {
      lines.keyboard = high;
    },
    mouse: (high) => {
      lines.mouse = high;
    },
    reset: () => seen.push('reset'),
  });
  const command = (value: number, parameter?: number): void => {
    device.write(0x64, 1, value);
    if (parameter !== undefined) device.write(0x60, 1, parameter);
  };
  /** All that can be read now. */
  const drain = (): number[] => {
    const bytes = [];
    while (device.read(0x64) & 1) bytes.push(device.read(0x60));
    return bytes;
  };
  return { device, lines, seen, command, drain };
}

test('the controller tests itself and its ports', (t) => {
  const { device, command, drain } = setup();
  t.is(device.read(0x64), 0x10);
  command(0xaa);
  t.is(device.read(0x64), 0x1d);
  t.deepEqual(drain(), [0x55]);
  command(0xab);
  command(0xa9);
  t.deepEqual(drain(), [0, 0]);
  command(0x60, 0x47);
  command(0x20);
  t.deepEqual(drain(), [0x47]);
});

test('the keyboard answers, and waits for parameters', (t) => {
  const { device, drain } = setup();
  const tell = (...bytes: readonly number[]): number[] => {
    for (const byte of bytes) device.write(0x60, 1, byte);
    return drain();
  };
  t.deepEqual(tell(0xff), [0xfa, 0xaa]);
  t.deepEqual(tell(0xf2), [0xfa, 0xab, 0x83]);
  t.deepEqual(tell(0xed, 0xff), [0xfa, 0xfa], 'the parameter is no reset');
  t.deepEqual(tell(0xf0, 0), [0xfa, 0xfa, 2]);
  t.deepEqual(tell(0xee), [0xee]);
  t.deepEqual(tell(0x12), [0xfe]);
});

test('the mouse answers by its own interrupt', (t) => {
  const { device, lines, command, drain } = setup();
  command(0x60, 0x03);
  command(0xd4, 0xff);
  t.is(device.read(0x64) & 0x21, 0x21);
  t.deepEqual(lines, { keyboard: false, mouse: true });
  t.deepEqual(drain(), [0xfa, 0xaa, 0]);
  t.deepEqual(lines, { keyboard: false, mouse: false });
  device.write(0x60, 1, 0xf4);
  t.deepEqual(lines, { keyboard: true, mouse: false });
});

test('the reset line, pulsed or written', (t) => {
  const { seen, command } = setup();
  command(0xff);
  command(0xd1, 0x03);
  t.deepEqual(seen, []);
  command(0xfe);
  command(0xd1, 0x02);
  t.deepEqual(seen, ['reset', 'reset']);
});

test('bytes that nobody reads are lost when there are too many, and the others come back', (t) => {
  const { device, drain } = setup();
  for (let count = 0; count < 30; count++) device.write(0x60, 1, 0xf4);
  const copy = setup();
  copy.device.restore(device.save());
  t.deepEqual(copy.drain(), drain());
  t.is(copy.drain().length, 0);
});
