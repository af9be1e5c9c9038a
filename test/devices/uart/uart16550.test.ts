import test from 'ava';
import { Uart16550 } from '../../../src/devices/uart/uart16550.js';

/** Offsets from 0x3f8. */
const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const FCR = IIR;

function setup(input = '') {
  const printed: number[] = [];
  const edges: boolean[] = [];
  const uart = new Uart16550({
    input: Buffer.from(input),
    output: (byte) => printed.push(byte),
    irq: (high) => {
      if (high !== (edges.at(-1) ?? false)) edges.push(high);
    },
  });
  return {
    uart,
    edges,
    line: () => edges.at(-1) ?? false,
    printed: () => Buffer.from(printed).toString(),
    read: (register: number) => uart.read(0x3f8 + register),
    write: (register: number, value: number) => {
      uart.write(0x3f8 + register, 1, value);
    },
  };
}

test('what is written goes out, and the transmitter is always empty', (t) => {
  const { read, write, printed } = setup();
  t.is(read(LSR), 0x60);
  for (const byte of Buffer.from('hi')) write(DATA, byte);
  t.is(printed(), 'hi');
  t.is(read(LSR), 0x60);
});

test('the input is read byte by byte while LSR says that there is some', (t) => {
  const { read } = setup('abc');
  let text = '';
  while (read(LSR) & 1) text += String.fromCharCode(read(DATA));
  t.is(text, 'abc');
  t.is(read(DATA), 0);
});

test('clearing the FIFO loses no input', (t) => {
  const { read, write } = setup('abc');
  write(FCR, 0x07);
  t.is(read(DATA), 0x61);
});

test('DLAB shows the divisor, which does not print', (t) => {
  const { read, write, printed } = setup();
  write(LCR, 0x83);
  t.is(read(DATA), 12);
  write(DATA, 0x34);
  write(IER, 0x12);
  t.deepEqual([read(DATA), read(IER), read(LCR)], [0x34, 0x12, 0x83]);
  write(LCR, 0x03);
  t.is(read(IER), 0);
  t.is(printed(), '');
});

test('registers keep the bits that exist', (t) => {
  const { read, write } = setup();
  write(SCR, 0xa5);
  write(MCR, 0xff);
  write(IER, 0xf0);
  t.deepEqual([read(SCR), read(MCR), read(IER)], [0xa5, 0x1f, 0]);
});

test('received data interrupts until it is all read', (t) => {
  const { read, write, line } = setup('ab');
  t.is(read(IIR), 0x01);
  write(IER, 0x01);
  t.true(line());
  t.is(read(IIR), 0x04);
  read(DATA);
  t.true(line());
  read(DATA);
  t.false(line());
  t.is(read(IIR), 0x01);
});

test('the FIFO interrupts at its level, and below it as a timeout', (t) => {
  const { read, write } = setup('0123456789');
  write(FCR, 0x81); // trigger at 8
  write(IER, 0x01);
  t.is(read(IIR), 0xc4);
  read(DATA);
  read(DATA);
  read(DATA);
  t.is(read(IIR), 0xcc);
});

test('the empty transmitter interrupts once, and again after each byte', (t) => {
  const { read, write, line, edges } = setup();
  write(IER, 0x02);
  t.true(line());
  t.is(read(IIR), 0x02);
  t.false(line());
  t.is(read(IIR), 0x01);
  write(DATA, 0x41);
  t.true(line());
  write(DATA, 0x42);
  t.deepEqual(edges, [true, false, true, false, true], 'each byte is an edge of its own');
  write(IER, 0x00);
  t.false(line());
});

test('received data comes before the empty transmitter', (t) => {
  const { read, write } = setup('x');
  write(IER, 0x03);
  t.is(read(IIR), 0x04);
  read(DATA);
  t.is(read(IIR), 0x02);
  t.is(read(IIR), 0x01);
});

test('loopback gives the guest its own bytes and modem lines, and prints nothing', (t) => {
  const { read, write, printed } = setup('input');
  t.is(read(MSR), 0xb0);
  write(MCR, 0x1a); // RTS, OUT2
  t.is(read(MSR), 0x90 | 0x02, 'CTS and carrier; DSR has changed');
  t.is(read(MSR), 0x90);
  t.is(read(LSR) & 1, 0, 'no input in loopback');
  write(DATA, 0xae);
  t.is(read(LSR) & 1, 1);
  write(DATA, 0xaf);
  t.is(read(LSR) & 2, 2, 'overrun without a FIFO');
  t.is(read(LSR) & 2, 0, 'told once');
  t.is(read(DATA), 0xae);
  write(MCR, 0x03);
  t.is(read(DATA), 'i'.charCodeAt(0));
  t.is(printed(), '');
});

test('the ring line tells of its end only', (t) => {
  const { read, write } = setup();
  write(MCR, 0x10);
  read(MSR);
  write(MCR, 0x14);
  t.is(read(MSR), 0x40);
  write(MCR, 0x10);
  t.is(read(MSR), 0x04);
});

test('the FIFO of loopback holds sixteen bytes', (t) => {
  const { read, write } = setup();
  write(FCR, 0x01);
  write(MCR, 0x10);
  write(IER, 0x04);
  for (let i = 0; i < 17; i++) write(DATA, i);
  t.is(read(IIR), 0xc6);
  t.is(read(LSR), 0x63);
  for (let i = 0; i < 16; i++) t.is(read(DATA), i);
  write(DATA, 1);
  write(FCR, 0x03);
  t.is(read(LSR), 0x60);
});
