import test from 'ava';
import { Rtc } from '../../src/devices/rtc.js';

const MIB = 1024 ** 2;

function setup(memorySize = 64 * MIB) {
  const rtc = new Rtc({ memorySize, stepsPerSecond: 10 });
  const write = (cell: number, value: number): void => {
    rtc.write(0x70, 1, cell);
    rtc.write(0x71, 1, value);
  };
  const read = (cell: number): number => {
    rtc.write(0x70, 1, cell | 0x80);
    return rtc.read(0x71);
  };
  const word = (cell: number): number => read(cell) | (read(cell + 1) << 8);
  return { rtc, read, write, word };
}

test('the clock starts in 2000 and goes by steps', (t) => {
  const { rtc, read, write } = setup();
  const time = () => [0x32, 9, 8, 7, 4, 2, 0].map((cell) => read(cell).toString(16));
  t.deepEqual(time(), ['20', '0', '1', '1', '0', '0', '0']);
  t.is(read(6), 7, 'a Saturday');
  rtc.tick(10 * (86400 + 3600 * 13 + 60 * 45 + 59));
  t.deepEqual(time(), ['20', '0', '1', '2', '13', '45', '59']);
  write(0x0b, 0x06);
  t.is(read(0), 59, 'binary');
});

test('the status registers say: running, 24 hours, battery good', (t) => {
  const { rtc, read } = setup();
  t.deepEqual([0x0a, 0x0b, 0x0c, 0x0d].map(read), [0x26, 0x02, 0, 0x80]);
  t.is(rtc.read(0x70), 0xff, 'the index cannot be read');
});

test('CMOS RAM is kept, the clock is not set', (t) => {
  const { read, write } = setup();
  write(0x0f, 0x0a);
  write(0x7f, 0x55);
  write(0, 0x30);
  t.deepEqual([read(0x0f), read(0x7f), read(0)], [0x0a, 0x55, 0]);
});

test('the memory size stands where a BIOS leaves it', (t) => {
  const small = setup(16 * MIB);
  t.deepEqual([0x15, 0x17, 0x30, 0x34].map(small.word), [640, 15 * 1024, 15 * 1024, 0]);
  const large = setup(6 * 1024 * MIB);
  t.deepEqual([0x30, 0x34].map(large.word), [0xffff, (3 * 1024 - 16) * 16]);
  t.is(large.word(0x5b) | (large.read(0x5d) << 16), 3 * 1024 * 16);
  t.deepEqual([0x15, 0x30].map(setup(0x10000).word), [64, 0]);
});
