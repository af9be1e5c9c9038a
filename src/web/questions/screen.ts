/** The text screen of a VGA card: what a firmware, boot loader or kernel has written to 0xb8000. */
import type { Question } from '../question.js';

/** Of text modes with colours (IBM's VGA, modes 2 and 3): character and attribute, 80 by 25. */
const SCREEN = 0xb8000;
const COLUMNS = 80;
const ROWS = 25;
const BYTES = 2 * COLUMNS * ROWS;

/** Characters and attributes of a state; null where the guest has no memory there. */
export const screen: Question = {
  lane: 'now',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const { bytes } = trace.state(at).readPhysical(SCREEN, BYTES);
    if (bytes.length < BYTES || !bytes.some((byte) => byte !== 0)) return { at, screen: null };
    const part = (offset: number): Uint8Array => bytes.filter((_, i) => i % 2 === offset);
    return {
      at,
      screen: { columns: COLUMNS, rows: ROWS, characters: part(0), attributes: part(1) },
    };
  },
};
