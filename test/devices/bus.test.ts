import test from 'ava';
import { PortBus } from '../../src/devices/bus.js';
import type { PortRange } from '../../src/devices/device.js';
import { StatelessDevice } from '../../src/devices/stateless.js';
import { throwsInputError } from '../guest/formats/errors.js';

class Probe extends StatelessDevice {
  readonly name = 'probe';
  readonly ports: readonly PortRange[];
  readonly seen: string[] = [];

  constructor(...ports: readonly PortRange[]) {
    super();
    this.ports = ports;
  }

  read(port: number, size: number): number {
    this.seen.push(`read ${port} ${size}`);
    return port & 0xff;
  }

  write(port: number, size: number, value: number): void {
    this.seen.push(`write ${port} ${size} ${value}`);
  }
}

test('ports that nobody answers read as all ones and take any write', (t) => {
  const bus = new PortBus();
  t.deepEqual(
    [bus.read(0x70, 1), bus.read(0x70, 2), bus.read(0xffff, 4)],
    [0xff, 0xffff, 2 ** 32 - 1],
  );
  t.notThrows(() => {
    bus.write(0xffff, 4, 0x12345678);
  });
});

test('wider accesses reach 8-bit devices byte by byte', (t) => {
  const bus = new PortBus();
  const probe = new Probe({ first: 0x10, count: 2 });
  bus.connect(probe);
  t.is(bus.read(0x11, 4), 0xffffff11);
  t.is(bus.read(0x0f, 4), 0xff1110ff);
  bus.write(0x10, 2, 0xbeef);
  t.deepEqual(probe.seen.slice(-2), ['write 16 1 239', 'write 17 1 190']);
});

test('wide devices take an access whole', (t) => {
  const bus = new PortBus();
  const probe = new Probe({ first: 0x10, count: 1, wide: true });
  bus.connect(probe);
  bus.write(0x10, 4, 0xdeadbeef);
  t.deepEqual(probe.seen, [`write 16 4 3735928559`]);
});

test('a port has one device', (t) => {
  const bus = new PortBus();
  bus.connect(new Probe({ first: 0x10, count: 2 }));
  t.throws(
    () => {
      bus.connect(new Probe({ first: 0x11, count: 1 }));
    },
    { message: /0x11 is taken/ },
  );
});

test('a device without state takes none', (t) => {
  const probe = new Probe();
  t.deepEqual(probe.save(), new Uint8Array());
  t.notThrows(() => {
    probe.restore(probe.save());
  });
  throwsInputError(
    t,
    () => {
      probe.restore(Uint8Array.of(1));
    },
    'probe',
  );
});
