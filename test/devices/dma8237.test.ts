import test from 'ava';
import { Dma8237 } from '../../src/devices/dma8237.js';

test('addresses, counts, pages and masks can be read back', (t) => {
  const device = new Dma8237();
  const write = (port: number, ...bytes: readonly number[]): void => {
    for (const byte of bytes) device.write(port, 1, byte);
  };
  t.is(device.read(0x0f), 0xff);
  write(0x0c, 0);
  write(0x04, 0x34, 0x12);
  write(0x05, 0xff, 0x01);
  write(0xc4, 0x78, 0x56);
  write(0x81, 0x0a);
  write(0x0a, 0x02);
  const copy = new Dma8237();
  copy.restore(device.save());
  const read = (port: number): number[] => [copy.read(port), copy.read(port)];
  t.deepEqual(read(0x04), [0x34, 0x12]);
  t.deepEqual(read(0x05), [0xff, 0x01]);
  t.deepEqual(read(0xc4), [0x78, 0x56]);
  t.is(copy.read(0x81), 0x0a);
  t.is(copy.read(0x0f), 0xfb);
  copy.write(0x0d, 1, 0);
  t.is(copy.read(0x0f), 0xff);
});
