/** AT&T's syntax as objdump writes it, and MASM's. */
import { Formatter, FormatterSyntax } from 'iced-x86';
import { withInstruction, type Mode } from './iced.js';

/** What of an instruction decides its disassembly, and what stands for it where it is none. */
interface Code {
  readonly rip: bigint;
  readonly mode: Mode;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Numbers that are the same in decimal. */
const SMALL_MASM = /\b([0-9])h\b/g;

/** What writes instructions in that syntax; kept for as long as the process runs. */
export function formatterOf(syntax: 'att' | 'masm'): (code: Code) => string {
  const formatter = new Formatter(syntax === 'att' ? FormatterSyntax.Gas : FormatterSyntax.Masm);
  // Its own way to have small ones in decimal looks at the low half alone: 0x100000005 is 5 there.
  formatter.smallHexNumbersInDecimal = false;
  formatter.branchLeadingZeros = false;
  formatter.uppercaseHex = syntax === 'masm';
  return ({ bytes, mode, rip, text }) => {
    const found = withInstruction(bytes, mode, rip, (instruction) =>
      instruction.isInvalid ? text : formatter.format(instruction),
    );
    return syntax === 'masm' ? found.replaceAll(SMALL_MASM, '$1') : found;
  };
}
