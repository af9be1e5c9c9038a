/** The state of devices in snapshots: by name and version, and as recorders of before wrote it. */
import test from 'ava';
import { Platform } from '../../src/devices/boards/pc.js';
import type { Device, Line } from '../../src/devices/device.js';
import { restoreDevices, saveDevices } from '../../src/devices/saved-devices.js';
import { openTrace } from '../../src/trace/read/open.js';
import { throwsInputError } from '../guest/formats/errors.js';

/** A device that remembers one byte, and the version of the state that it was given. */
class Memo implements Device {
  readonly ports = [];
  readonly name: string;
  readonly stateVersion: number;
  byte = 0;
  restoredVersion = 0;
  line: Line | undefined;
  readonly memory = {
    ranges: [{ first: 0xfed00000, size: 0x1000 }],
    read: (gpa: number, data: Uint8Array): void => {
      data.fill(this.byte + (gpa & 0xff));
    },
    write: (_gpa: number, data: Uint8Array): void => {
      this.byte = data[0]!;
      this.line?.(true);
    },
  };

  constructor(name: string, byte = 0, stateVersion = 1) {
    this.name = name;
    this.byte = byte;
    this.stateVersion = stateVersion;
  }

  connectLines(lines: (irq: number) => Line): void {
    this.line = lines(5);
  }

  read = (): number => 0;
  write = (): void => undefined;
  tick = (): void => undefined;
  nextEventStep = (): number => Infinity;
  save = (): Uint8Array => Uint8Array.of(this.byte);

  restore(bytes: Uint8Array, version: number): void {
    this.byte = bytes[0]!;
    this.restoredVersion = version;
  }
}

test('devices find their state by name; those that were not there stay as they are', (t) => {
  const saved = saveDevices([new Memo('a', 1), new Memo('b', 2)]);
  const [b, c, a] = [new Memo('b'), new Memo('c', 9), new Memo('a')];
  restoreDevices([b, c, a], saved);
  t.deepEqual([a.byte, b.byte, c.byte], [1, 2, 9]);
});

test('a device is told of which version its state is; a newer one is an error', (t) => {
  const now = new Memo('a', 0, 2);
  restoreDevices([now], saveDevices([new Memo('a', 7, 1)]));
  t.deepEqual([now.byte, now.restoredVersion], [7, 1]);
  const newer = saveDevices([new Memo('a', 7, 3)]);
  throwsInputError(
    t,
    () => {
      restoreDevices([now], newer);
    },
    'version 3',
    'device a',
  );
});

test('a device that is not on the board is an error', (t) => {
  const saved = saveDevices([new Memo('a'), new Memo('gone')]);
  throwsInputError(
    t,
    () => {
      restoreDevices([new Memo('a')], saved);
    },
    'device gone',
  );
});

function platform(more: readonly Device[] = [], portInput?: Uint8Array): Platform {
  return new Platform({
    ...{
      memorySize: 2 * 1024 ** 2,
      onOutput: () => undefined,
      onExit: () => undefined,
      more,
      portInput,
    },
  });
}

/** The number of bytes of device time before the devices' state (PlatformDevices). */
const TIME_BYTES = 8;

test('the state that a trace of before has is taken up', (t) => {
  using trace = openTrace('traces/echo.trace');
  const portInput = trace.snapshots.portInput();
  const hasInput = (machine: Platform): boolean => {
    const lineStatus = new Uint8Array(1);
    machine.portRead(0x3fd, 1, lineStatus);
    return (lineStatus[0]! & 1) !== 0;
  };
  const { devices } = trace.snapshots.nearest(trace.stepCount)!.blobs;
  const restored = platform([], portInput);
  restored.restore(devices.subarray(TIME_BYTES));
  t.true(hasInput(platform([], portInput)));
  t.false(hasInput(restored), 'the guest has read all of it');
});

test('a device in memory answers its addresses, and its line reaches the interrupt controller', (t) => {
  const device = new Memo('memo');
  const machine = platform([device]);
  const write = (port: number, value: number): void => {
    machine.portWrite(port, 1, Uint8Array.of(value));
  };
  for (const [port, value] of [
    [0x20, 0x11],
    [0x21, 0x20],
    [0x21, 4],
    [0x21, 1],
    [0x21, 0xdf],
  ]) {
    write(port!, value!);
  }
  machine.mmioWrite(0xfed00010, Uint8Array.of(0x40));
  t.is(machine.pendingInterrupt(), 0x25);
  const data = new Uint8Array(4);
  machine.mmioRead(0xfed00002, data);
  t.deepEqual([...data], [0x42, 0x42, 0x42, 0x42]);
  machine.mmioRead(0xfed00ffe, data);
  t.deepEqual([...data], [0xff, 0xff, 0xff, 0xff], 'not all of it is the device');
});
