/**
 * The disassembly that early recordings hold is wrong where a number of more than 32 bits has a low
 * half of 0 to 9: only that digit is there. Such a text is made again from the bytes as it is read.
 */
import { disassemble, type Mode } from '../../x86/iced.js';

/** What of an instruction decides its disassembly, and what the trace has for it. */
export interface StoredText {
  readonly rip: bigint;
  readonly mode: Mode;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A digit that is the whole number: an immediate, where a branch goes, or an absolute address. */
const SUSPECT = /[ [][0-9](?:$|[\],])/;
/** The same for SQLite: a superset, where other instructions do not matter but for time. */
export const SUSPECT_SQL =
  "mode = 64 AND (text GLOB '* [0-9]' OR text GLOB '* [0-9],*' OR text GLOB '*[[][0-9]]*')";
/** A number that lost its high half. */
const LONG_NUMBER = /\b0x[0-9a-f]{1,8}0{7}([0-9])\b/g;

/** The disassembly of an instruction: as stored, unless it is short of the high half of a number. */
export function rightText({ rip, mode, bytes, text }: StoredText): string {
  if (mode !== 64 || !SUSPECT.test(text)) return text;
  const right = disassemble(bytes, mode, rip);
  return right.replaceAll(LONG_NUMBER, '$1') === text ? right : text;
}
