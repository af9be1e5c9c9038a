/** INT 16h: keys from `--port-input`. */
import type { Console, Key } from '../console.js';
import type { BiosCall } from './call.js';

/** BIOS scan codes of keys that have one in UEFI (console.ts counts by those). */
const SCAN_CODES: Readonly<Record<number, number>> = {
  ...{ 1: 0x48, 2: 0x50, 3: 0x4d, 4: 0x4b, 5: 0x47, 6: 0x4f, 7: 0x52, 8: 0x53, 9: 0x49, 10: 0x51 },
};
const ESCAPE = { uefi: 0x17, scan: 0x01, character: 0x1b } as const;
const ENTER = { scan: 0x1c, character: 13 } as const;

function encode({ scanCode, character }: Key): number {
  if (scanCode === ESCAPE.uefi) return (ESCAPE.scan << 8) | ESCAPE.character;
  if (character === ENTER.character) return (ENTER.scan << 8) | ENTER.character;
  return ((SCAN_CODES[scanCode] ?? 0) << 8) | (character & 0xff);
}

/** Answers INT 16h; `waits` where a key is wanted and none comes any more. */
export function keyboardService(call: BiosCall, console: Console): boolean | 'waits' {
  switch (call.ah) {
    case 0x00:
    case 0x10: {
      const key = console.takeKey();
      if (key === undefined) return 'waits';
      call.set16('eax', encode(key));
      return true;
    }
    case 0x01:
    case 0x11: {
      const key = console.peekKey();
      if (key !== undefined) call.set16('eax', encode(key));
      call.setFlags({ zero: key === undefined });
      return true;
    }
    case 0x02:
    case 0x12:
      call.setAl(0);
      return true;
    default:
      return false;
  }
}
