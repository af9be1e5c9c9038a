/**
 * The state of a board's devices in a snapshot: each by its name, with the version of its state, so that a
 * board with more devices, or with others, takes up what an older one has saved.
 *
 * A marker and the number of devices (two 32-bit words, little-endian); for each the length of its name (8
 * bits), the name, its version (16 bits) and the length of its state (32 bits); then the states.
 */
import { inputError } from '../base/errors.js';
import type { Device } from './device.js';

/** No length of a state that recorders of before began with. */
const MARKER = 0xffff_ffff;
const FIRST_VERSION = 1;

/**
 * The devices of a PC as recorders of before saved them, without names: the lengths of all states, then the
 * states, in this order. Firmware came last, where there was any.
 */
const UNNAMED = ['pic', 'pit', 'com1', 'rtc', 'debug-console', 'debug-exit', 'fast-gate'];

interface SavedDevice {
  readonly name: string;
  readonly version: number;
  readonly state: Uint8Array;
}

/** The states of all devices. */
export function saveDevices(devices: readonly Device[]): Uint8Array {
  const states = devices.map((device) => device.save());
  const head = Buffer.alloc(8);
  head.writeUInt32LE(MARKER, 0);
  head.writeUInt32LE(devices.length, 4);
  const entries = devices.map(({ name, stateVersion = FIRST_VERSION }, i) => {
    const entry = Buffer.alloc(1 + name.length + 6);
    entry.writeUInt8(name.length, 0);
    entry.write(name, 1, 'latin1');
    entry.writeUInt16LE(stateVersion, 1 + name.length);
    entry.writeUInt32LE(states[i]!.length, 3 + name.length);
    return entry;
  });
  return Buffer.concat([head, ...entries, ...states]);
}

/**
 * Gives devices the states that `saveDevices` took. Those that were not there then stay as they are.
 *
 * @throws KvmtraceError (2) for what is no such state, and for devices and versions that are not known here
 */
export function restoreDevices(devices: readonly Device[], bytes: Uint8Array): void {
  for (const { name, version, state } of readSaved(devices, bytes)) {
    const device = devices.find((each) => each.name === name);
    if (device === undefined) {
      throw inputError(
        `The snapshot has a device ${name}, which this version of kvmtrace does not have on this board: use the one that recorded it.`,
      );
    }
    if (version > (device.stateVersion ?? FIRST_VERSION)) {
      throw inputError(
        `The snapshot has version ${version} of the state of the device ${name}, which this version of kvmtrace does not know: use the one that recorded it.`,
      );
    }
    device.restore(state, version);
  }
}

function readSaved(devices: readonly Device[], bytes: Uint8Array): SavedDevice[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isNamed = view.length >= 8 && view.readUInt32LE(0) === MARKER;
  const saved = isNamed ? readNamed(view) : readUnnamed(devices, view);
  if (saved === undefined) {
    throw inputError(
      `The snapshot has ${bytes.length} bytes of device state that do not divide into devices: it is broken; record again.`,
    );
  }
  return saved;
}

/** Undefined for bytes that are no such states. */
function readNamed(view: Buffer): SavedDevice[] | undefined {
  const count = view.readUInt32LE(4);
  const entries: { name: string; version: number; length: number }[] = [];
  let at = 8;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + 1 + (view[at] ?? 0);
    if (nameEnd + 6 > view.length) return undefined;
    entries.push({
      name: view.toString('latin1', at + 1, nameEnd),
      version: view.readUInt16LE(nameEnd),
      length: view.readUInt32LE(nameEnd + 2),
    });
    at = nameEnd + 6;
  }
  if (new Set(entries.map(({ name }) => name)).size < count) return undefined;
  return divide(view, at, entries);
}

function readUnnamed(devices: readonly Device[], view: Buffer): SavedDevice[] | undefined {
  const firmware = devices.at(-1)?.name ?? '';
  return [UNNAMED, [...UNNAMED, firmware]]
    .map((names) => {
      if (view.length < 4 * names.length) return undefined;
      const entries = names.map((name, i) => {
        return { name, version: FIRST_VERSION, length: view.readUInt32LE(4 * i) };
      });
      return divide(view, 4 * names.length, entries);
    })
    .find((saved) => saved !== undefined);
}

/** The states from `start` on, which must fill the rest. */
function divide(
  view: Buffer,
  start: number,
  entries: readonly { name: string; version: number; length: number }[],
): SavedDevice[] | undefined {
  let at = start;
  const saved = entries.map(({ name, version, length }) => {
    const state = view.subarray(at, at + length);
    at += length;
    return { name, version, state };
  });
  return at === view.length ? saved : undefined;
}
