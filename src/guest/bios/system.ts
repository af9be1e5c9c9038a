/** INT 11h, 12h, 15h and 1Ah: memory, waiting, time. */
import { EPOCH } from '../../devices/rtc.js';
import type { Clock } from '../clock.js';
import { e820, HIGH_MEMORY } from '../boot/e820.js';
import type { MemoryLayout } from '../memory-map.js';
import type { BiosCall } from './call.js';

const SMAP = 0x534d_4150;
const RANGE_BYTES = 20;
const MAX_KIB = 0xffff;
const KIB = 1024;
const MIB16 = 16 * 1024 * KIB;
const TICKS_PER_DAY = 0x1800b0;
const TICKS_PER_SECOND = 1_193_182 / 65_536;
const MICROSECONDS = 1_000_000;
/** AH of a function that is not there. */
const NOT_SUPPORTED = 0x86;

/** Answers INT 15h; false for a function that there is not. */
export function systemService(call: BiosCall, layout: MemoryLayout, clock: Clock): boolean {
  const low = layout.slots[0]!.size;
  const above = (start: number): number => Math.max(0, low - start);
  switch (call.ah) {
    case 0x24:
      // A20: there is nothing to switch.
      if (call.al === 2) call.setAl(1);
      if (call.al === 3) call.set16('ebx', 3);
      call.setAh(0);
      call.setFlags({ carry: false });
      return true;
    case 0x86: {
      const microseconds = call.get16('ecx') * 65_536 + call.get16('edx');
      clock.skip(Math.ceil((microseconds / MICROSECONDS) * clock.stepsPerSecond));
      call.setFlags({ carry: false });
      return true;
    }
    case 0x88:
      call.set16('eax', Math.min(MAX_KIB, above(HIGH_MEMORY) / KIB));
      call.setFlags({ carry: false });
      return true;
    case 0xe8:
      if (call.al === 0x01) return sizes(call, low);
      if (call.al === 0x20) return range(call, layout);
      break;
  }
  call.setAh(NOT_SUPPORTED);
  call.setFlags({ carry: true });
  return false;
}

/** E801h: KiB from 1 to 16 MiB, and units of 64 KiB above. */
function sizes(call: BiosCall, low: number): true {
  const below16 = Math.max(0, Math.min(low, MIB16) - HIGH_MEMORY) / KIB;
  const above16 = Math.floor(Math.max(0, low - MIB16) / (64 * KIB));
  call.set16('eax', below16);
  call.set16('ecx', below16);
  call.set16('ebx', above16);
  call.set16('edx', above16);
  call.setFlags({ carry: false });
  return true;
}

function range(call: BiosCall, layout: MemoryLayout): boolean {
  const ranges = e820(layout);
  const index = call.get32('ebx');
  const found = ranges[index];
  if (call.get32('edx') !== SMAP || call.get32('ecx') < RANGE_BYTES || found === undefined) {
    call.setAh(NOT_SUPPORTED);
    call.setFlags({ carry: true });
    return true;
  }
  const bytes = Buffer.alloc(RANGE_BYTES);
  bytes.writeBigUInt64LE(BigInt(found.gpa), 0);
  bytes.writeBigUInt64LE(BigInt(found.size), 8);
  bytes.writeUInt32LE(found.type, 16);
  call.write(call.esBase + call.get16('edi'), bytes);
  call.set32('eax', SMAP);
  call.set32('ecx', RANGE_BYTES);
  call.set32('ebx', index + 1 === ranges.length ? 0 : index + 1);
  call.setFlags({ carry: false });
  return true;
}

/** Answers INT 1Ah; false for a function that there is not. */
export function clockService(call: BiosCall, clock: Clock): boolean {
  const seconds = clock.now / clock.stepsPerSecond;
  const bcd = (value: number): number => Math.floor(value / 10) * 16 + (value % 10);
  const now = new Date(EPOCH + Math.floor(seconds * 1000));
  switch (call.ah) {
    case 0x00: {
      const ticks = Math.floor(seconds * TICKS_PER_SECOND) % TICKS_PER_DAY;
      call.set16('ecx', Math.floor(ticks / 65_536));
      call.set16('edx', ticks % 65_536);
      call.setAl(0);
      return true;
    }
    case 0x02:
      call.set16('ecx', (bcd(now.getUTCHours()) << 8) | bcd(now.getUTCMinutes()));
      call.set16('edx', bcd(now.getUTCSeconds()) << 8);
      call.setFlags({ carry: false });
      return true;
    case 0x04: {
      const year = now.getUTCFullYear();
      call.set16('ecx', (bcd(Math.floor(year / 100)) << 8) | bcd(year % 100));
      call.set16('edx', (bcd(now.getUTCMonth() + 1) << 8) | bcd(now.getUTCDate()));
      call.setFlags({ carry: false });
      return true;
    }
    default:
      return false;
  }
}
