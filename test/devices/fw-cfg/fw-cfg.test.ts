import test from 'ava';
import { PortBus } from '../../../src/devices/bus.js';
import { FwCfg } from '../../../src/devices/fw-cfg/fw-cfg.js';
import { e820File, fwCfgItems } from '../../../src/devices/fw-cfg/items.js';

const FILE = { name: 'opt/test', data: Buffer.from('contents') };

function setup() {
  const ram = new Uint8Array(0x4000);
  const holds = (gpa: number, size: number): boolean => gpa + size <= ram.length;
  const items = fwCfgItems(64 * 1024 ** 2, [FILE, e820File([{ gpa: 0, size: 0x1000 }])]);
  const device = new FwCfg(items, {
    read: (gpa, size) => (holds(gpa, size) ? ram.slice(gpa, gpa + size) : undefined),
    write(gpa, bytes) {
      if (!holds(gpa, bytes.length)) return false;
      ram.set(bytes, gpa);
      return true;
    },
  });
  const bus = new PortBus();
  bus.connect(device);
  const read = (selector: number, count: number): Buffer => {
    bus.write(0x510, 2, selector);
    return Buffer.from(Array.from({ length: count }, () => bus.read(0x511, 1)));
  };
  /** Runs a DMA command; returns the control word that it leaves. */
  const dma = (control: number, length: number, address: number): number => {
    const command = Buffer.alloc(16);
    command.writeUInt32BE(control, 0);
    command.writeUInt32BE(length, 4);
    command.writeBigUInt64BE(BigInt(address), 8);
    ram.set(command, 0x100);
    bus.write(0x514, 4, 0);
    bus.write(0x518, 4, 0x0001_0000); // 0x100, big-endian
    return Buffer.from(ram).readUInt32BE(0x100);
  };
  return { bus, device, ram, read, dma };
}

test('items are read byte by byte, with zeros beyond their end', (t) => {
  const { read } = setup();
  t.is(read(0, 4).toString(), 'QEMU');
  t.is(read(1, 4).readUInt32LE(), 3);
  t.is(read(3, 8).readBigUInt64LE(), 64n * 1024n ** 2n);
  t.is(read(5, 2).readUInt16LE(), 1);
  t.deepEqual([...read(0x1234, 2)], [0, 0]);
  t.deepEqual([...read(0, 6)].slice(4), [0, 0]);
});

test('the directory names the files in order', (t) => {
  const { read } = setup();
  const directory = read(0x19, 4 + 2 * 64);
  t.is(directory.readUInt32BE(0), 2);
  const names = [0, 1].map((index) => {
    const entry = directory.subarray(4 + 64 * index, 68 + 64 * index);
    const name = entry.toString('latin1', 8).replace(/\0.*$/, '');
    return [name, entry.readUInt32BE(0), entry.readUInt16BE(4)];
  });
  t.deepEqual(names, [
    ['etc/e820', 20, 0x20],
    ['opt/test', 8, 0x21],
  ]);
  t.is(read(0x21, 8).toString(), 'contents');
  const range = read(0x20, 20);
  t.deepEqual([range.readBigUInt64LE(8), range.readUInt32LE(16)], [0x1000n, 1]);
});

test('DMA selects, skips and reads, and says so', (t) => {
  const { bus, ram, dma } = setup();
  t.is(bus.read(0x514, 4), Buffer.from('QEMU').readUInt32LE());
  t.is(bus.read(0x518, 4), Buffer.from(' CFG').readUInt32LE());
  t.is(dma(0x0021_000a, 4, 0x200), 0, 'select and read');
  t.is(Buffer.from(ram).toString('latin1', 0x200, 0x204), 'cont');
  t.is(dma(0x04, 2, 0), 0, 'skip');
  t.is(dma(0x02, 4, 0x200), 0, 'read beyond the end');
  t.is(Buffer.from(ram).toString('latin1', 0x200, 0x204), 'ts\0\0');
});

test('DMA that cannot be done reports an error', (t) => {
  const { dma } = setup();
  t.is(dma(0x0021_0018, 4, 0x200), 1, 'nothing can be written');
  t.is(dma(0x0021_000a, 4, 0x10_0000), 1, 'no memory there');
  t.is(dma(0x0021_000a, 0xffff_ffff, 0), 1, 'more than there is');
});

test('where it reads comes back', (t) => {
  const { device, read } = setup();
  read(0x21, 3);
  const copy = setup();
  copy.device.restore(device.save());
  t.is(copy.bus.read(0x511, 1), 't'.charCodeAt(0));
});
