import test from 'ava';
import { Pic8259 } from '../../../src/devices/pic/pic8259.js';
import { throwsInputError } from '../../guest/formats/errors.js';

type Access = [port: number, value: number];

const write = (pic: Pic8259, ...accesses: readonly Access[]): void => {
  for (const [port, value] of accesses) pic.write(port, 1, value);
};

/** As PCs do it: IRQ0 at vector 0x20, IRQ8 at 0x28, nothing masked. */
function initialized(icw4 = 0x01): Pic8259 {
  const pic = new Pic8259();
  write(pic, [0x20, 0x11], [0x21, 0x20], [0x21, 0x04], [0x21, icw4]);
  write(pic, [0xa0, 0x11], [0xa1, 0x28], [0xa1, 0x02], [0xa1, icw4]);
  return pic;
}

const pulse = (pic: Pic8259, irq: number): void => {
  pic.setLine(irq, true);
  pic.setLine(irq, false);
};

test('nothing interrupts before the guest asks for it', (t) => {
  const pic = new Pic8259();
  pic.setLine(0, true);
  t.is(pic.pending(), undefined);
  t.deepEqual([pic.read(0x21), pic.read(0xa1)], [0xff, 0xff]);
});

test('an edge is one interrupt', (t) => {
  const pic = initialized();
  pic.setLine(4, true);
  t.is(pic.pending(), 0x24);
  t.is(pic.read(0x20), 0x10);
  t.is(pic.acknowledge(), 0x24);
  t.is(pic.pending(), undefined);
  write(pic, [0x20, 0x20]);
  t.is(pic.pending(), undefined, 'the line is still high, but it does not rise');
  pic.setLine(4, false);
  pic.setLine(4, true);
  t.is(pic.pending(), 0x24);
});

test('masked requests wait', (t) => {
  const pic = initialized();
  write(pic, [0x21, 0x01]);
  pulse(pic, 0);
  t.is(pic.pending(), undefined);
  write(pic, [0x21, 0x00]);
  t.is(pic.pending(), 0x20);
});

test('the more urgent one goes first, and interrupts the less urgent one', (t) => {
  const pic = initialized();
  pulse(pic, 5);
  pulse(pic, 3);
  t.is(pic.acknowledge(), 0x23);
  t.is(pic.pending(), undefined, '5 waits for the end of 3');
  pulse(pic, 1);
  t.is(pic.acknowledge(), 0x21);
  write(pic, [0x20, 0x0b]);
  t.is(pic.read(0x20), 0x0a, 'ISR');
  write(pic, [0x20, 0x20]);
  t.is(pic.pending(), undefined);
  write(pic, [0x20, 0x20]);
  t.is(pic.acknowledge(), 0x25);
  write(pic, [0x20, 0x0a]);
  t.is(pic.read(0x20), 0, 'IRR');
});

test('a specific end ends that one', (t) => {
  const pic = initialized();
  pulse(pic, 3);
  pic.acknowledge();
  pulse(pic, 1);
  pic.acknowledge();
  write(pic, [0x20, 0x63], [0x20, 0x0b]);
  t.is(pic.read(0x20), 0x02);
});

test('the slave interrupts through the master and needs two ends', (t) => {
  const pic = initialized();
  pulse(pic, 12);
  t.is(pic.pending(), 0x2c);
  t.is(pic.acknowledge(), 0x2c);
  pulse(pic, 9);
  t.is(pic.pending(), undefined, 'the master still serves its input 2');
  write(pic, [0x20, 0x20]);
  t.is(pic.acknowledge(), 0x29, 'the more urgent one of the slave');
  write(pic, [0xa0, 0x20], [0x20, 0x20], [0xa0, 0x20]);
  t.is(pic.pending(), undefined);
  write(pic, [0xa0, 0x0b]);
  t.is(pic.read(0xa0), 0);
});

test('the special fully nested master lets the slave interrupt itself', (t) => {
  const pic = initialized(0x11);
  pulse(pic, 12);
  pic.acknowledge();
  pulse(pic, 9);
  t.is(pic.pending(), 0x29);
});

test('automatic ends leave nothing in service', (t) => {
  const pic = initialized(0x03);
  pulse(pic, 3);
  t.is(pic.acknowledge(), 0x23);
  pulse(pic, 6);
  t.is(pic.acknowledge(), 0x26);
});

test('rotation makes the one just served the least urgent', (t) => {
  const pic = initialized();
  pulse(pic, 0);
  pic.acknowledge();
  write(pic, [0x20, 0xa0]);
  pulse(pic, 0);
  pulse(pic, 7);
  t.is(pic.acknowledge(), 0x27);
  write(pic, [0x20, 0x20], [0x20, 0xc2]);
  pulse(pic, 3);
  t.is(pic.pending(), 0x23, 'set priority: 2 is the least urgent, 3 the most');
});

test('special mask mode lets everything else through', (t) => {
  const pic = initialized();
  pulse(pic, 1);
  pic.acknowledge();
  pulse(pic, 4);
  t.is(pic.pending(), undefined);
  write(pic, [0x21, 0x02], [0x20, 0x68]);
  t.is(pic.pending(), 0x24);
  write(pic, [0x20, 0x48]);
  t.is(pic.pending(), undefined);
});

test('a level keeps asking', (t) => {
  const pic = initialized();
  write(pic, [0x4d0, 0xff], [0x4d1, 0xff]);
  t.deepEqual([pic.read(0x4d0), pic.read(0x4d1)], [0xf8, 0xde]);
  pic.setLine(5, true);
  t.is(pic.acknowledge(), 0x25);
  write(pic, [0x20, 0x20]);
  t.is(pic.pending(), 0x25);
  pic.setLine(5, false);
  t.is(pic.pending(), undefined);
});

test('an acknowledgement of nothing is spurious', (t) => {
  const pic = initialized();
  t.is(pic.acknowledge(), 0x27);
  write(pic, [0x20, 0x0b]);
  t.is(pic.read(0x20), 0);
});

test('a poll takes the interrupt instead of the processor', (t) => {
  const pic = initialized();
  pulse(pic, 6);
  write(pic, [0x20, 0x0c]);
  t.is(pic.read(0x20), 0x86);
  t.is(pic.pending(), undefined);
  write(pic, [0x20, 0x0c]);
  t.is(pic.read(0x20), 0);
});

test('initialization without ICW3 and ICW4', (t) => {
  const pic = new Pic8259();
  write(pic, [0x20, 0x12], [0x21, 0x40], [0x21, 0xfe]);
  t.is(pic.read(0x21), 0xfe);
  pulse(pic, 0);
  t.is(pic.pending(), 0x40);
});

test('what is not saved state is refused', (t) => {
  const pic = new Pic8259();
  throwsInputError(
    t,
    () => {
      pic.restore(new Uint8Array(3));
    },
    'pic',
    '3 bytes',
  );
});
