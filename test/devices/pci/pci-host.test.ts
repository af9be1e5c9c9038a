import test from 'ava';
import { PortBus } from '../../../src/devices/bus.js';
import { AcpiPm } from '../../../src/devices/acpi/acpi-pm.js';
import { hostBridge, isaBridge } from '../../../src/devices/pci/i440fx.js';
import { PciHost } from '../../../src/devices/pci/pci-host.js';

function setup() {
  const seen: string[] = [];
  const pm = new AcpiPm({
    ...{ stepsPerTick: 8, sci: () => undefined, powerOff: () => seen.push('off') },
  });
  const functions = [hostBridge(), isaBridge(), pm];
  const host = new PciHost(functions, () => seen.push('reset'));
  const bus = new PortBus();
  for (const device of [host, ...functions]) bus.connect(device);
  bus.decodeBy(host);
  const select = (slot: number, fn: number, offset: number): void => {
    bus.write(0xcf8, 4, 0x8000_0000 + slot * 0x800 + fn * 0x100 + (offset & 0xfc));
  };
  return {
    ...{ seen, bus, host, pm },
    config: (slot: number, fn: number, offset: number, size: number): number => {
      select(slot, fn, offset);
      return bus.read(0xcfc + (offset & 3), size);
    },
    configure: (slot: number, fn: number, offset: number, size: number, value: number): void => {
      select(slot, fn, offset);
      bus.write(0xcfc + (offset & 3), size, value);
    },
  };
}

test('functions say what they are, and what is not there reads as all ones', (t) => {
  const { bus, config } = setup();
  t.is(config(0, 0, 0, 4), 0x1237_8086);
  t.is(config(1, 0, 2, 2), 0x7000);
  t.is(config(1, 3, 0, 4), 0x7113_8086);
  t.is(config(0, 0, 0x2c, 4), 0x1100_1af4);
  t.is(config(1, 0, 0x0e, 1), 0x80, 'multi-function');
  t.is(config(2, 0, 0, 4), 0xffff_ffff);
  t.is(config(1, 1, 0, 2), 0xffff);
  t.is(bus.read(0xcf8, 4), 0x8000_0900);
  bus.write(0xcf8, 4, 0x8001_0000);
  t.is(bus.read(0xcfc, 4), 0xffff_ffff, 'another bus');
  bus.write(0xcf8, 4, 0);
  t.is(bus.read(0xcfc, 4), 0xffff_ffff, 'not enabled');
});

test('only what can be written changes, byte by byte too', (t) => {
  const { config, configure } = setup();
  configure(0, 0, 0, 4, 0);
  t.is(config(0, 0, 0, 4), 0x1237_8086);
  configure(0, 0, 0x59, 1, 0x33);
  configure(0, 0, 0x5a, 2, 0x1122);
  t.is(config(0, 0, 0x58, 4), 0x1122_3300);
  configure(1, 3, 0x40, 4, 0xffff_ffff);
  t.is(config(1, 3, 0x40, 4), 0xffc1);
});

test('power management answers where the guest puts it, once it is enabled', (t) => {
  const { bus, host, pm, configure } = setup();
  pm.tick(8_000_000);
  configure(1, 3, 0x40, 4, 0x600);
  t.is(bus.read(0x608, 4), 0xffff_ffff);
  configure(1, 3, 0x80, 1, 1);
  t.is(bus.read(0x608, 4), 3_000_000);
  configure(1, 3, 0x40, 4, 0xb000);
  t.is(bus.read(0x608, 4), 0xffff_ffff);
  t.is(bus.read(0xb008, 4), 3_000_000);
  const copy = setup();
  copy.host.restore(host.save());
  copy.pm.restore(pm.save());
  t.is(copy.bus.read(0xb008, 4), 3_000_000);
});

test('port 0xcf9 resets with a rising bit', (t) => {
  const { bus, seen } = setup();
  bus.write(0xcf9, 1, 0x02);
  t.deepEqual(seen, []);
  bus.write(0xcf9, 1, 0x06);
  t.deepEqual(seen, ['reset']);
  t.is(bus.read(0xcf9, 1), 0x02);
});
