/** INT 10h: text, as a stream. */
import { decode437 as decode } from '../../base/code-page-437.js';
import type { Console } from '../console.js';
import type { BiosCall } from './call.js';

const COLUMNS = 80;
const TEXT_MODE = 3;
const MAX_COUNT = 2000;
/** Answers INT 10h; false for a function that there is not. */
export function screenService(call: BiosCall, console: Console): boolean {
  switch (call.ah) {
    case 0x00:
      console.moveTo(0, 0);
      return true;
    case 0x02: {
      const dx = call.get16('edx');
      console.moveTo(dx & 0xff, dx >> 8);
      return true;
    }
    case 0x03:
      call.set16('ecx', 0x0607);
      call.set16('edx', (console.row << 8) | console.column);
      return true;
    case 0x01:
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x0b:
    case 0x11:
      // The shape of the cursor, pages, scrolling, colours, fonts: a stream has none.
      return true;
    case 0x09:
    case 0x0a:
      console.print(decode(call.al).repeat(Math.min(MAX_COUNT, call.get16('ecx'))));
      return true;
    case 0x0e:
      console.print(decode(call.al));
      return true;
    case 0x0f:
      call.set16('eax', (COLUMNS << 8) | TEXT_MODE);
      call.set16('ebx', call.get16('ebx') & 0xff);
      return true;
    case 0x13: {
      const withAttributes = (call.al & 2) !== 0;
      const count = call.get16('ecx') * (withAttributes ? 2 : 1);
      const bytes = call.read(call.esBase + call.get16('ebp'), count);
      const text = withAttributes ? bytes.filter((_, index) => index % 2 === 0) : bytes;
      console.print([...text].map(decode).join(''));
      return true;
    }
    default:
      return false;
  }
}
