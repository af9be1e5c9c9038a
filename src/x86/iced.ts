/**
 * iced-x86 is a CommonJS package of WebAssembly: its objects live in WebAssembly memory and must be
 * freed by hand. This file owns that; nothing else calls `new Decoder` or `free()`.
 */
import { createRequire } from 'node:module';
import type * as Iced from 'iced-x86';
import type { Formatter, Instruction, InstructionInfo, InstructionInfoFactory } from 'iced-x86';

export type { Instruction, InstructionInfo, UsedMemory, UsedRegister } from 'iced-x86';

/** Operand size of the code segment. */
export type Mode = 16 | 32 | 64;

/** The longest x86 instruction, in bytes (SDM vol. 2, 2.3.11). */
export const MAX_INSTRUCTION_BYTES = 15;

const SMALL_NUMBER = /\b0x([0-9])\b/g;

let loaded: typeof Iced | undefined;
let scratch: Instruction | undefined;
let infoFactory: InstructionInfoFactory | undefined;
let formatter: Formatter | undefined;

/**
 * Decodes one instruction and passes it to `use`, which must not keep it.
 *
 * @param bytes at least the instruction; what follows it is ignored
 * @param ip the value of rip at the instruction (offset in cs, not linear)
 */
export function withInstruction<T>(
  bytes: Uint8Array,
  mode: Mode,
  ip: bigint,
  use: (instruction: Instruction) => T,
): T {
  const { Decoder, DecoderOptions, Instruction } = iced();
  const decoder = new Decoder(mode, bytes, DecoderOptions.None);
  try {
    decoder.ip = BigInt.asUintN(64, ip);
    scratch ??= new Instruction();
    decoder.decodeOut(scratch);
    return use(scratch);
  } finally {
    decoder.free();
  }
}

/** Registers and memory that an instruction uses. `use` must not keep the info. */
export function withInfo<T>(instruction: Instruction, use: (info: InstructionInfo) => T): T {
  infoFactory ??= new (iced().InstructionInfoFactory)();
  const info = infoFactory.info(instruction);
  try {
    return use(info);
  } finally {
    info.free();
  }
}

/**
 * Intel syntax with 0x numbers, the way debuggers print: `mov rax, [rbx+8]`. Numbers below 10 are
 * written in decimal.
 */
export function formatInstruction(instruction: Instruction): string {
  return smallInDecimal(disassembler().format(instruction));
}

/** The disassembly of one instruction's bytes; `(bad)` where they are none. */
export function disassemble(bytes: Uint8Array, mode: Mode, rip: bigint): string {
  return withInstruction(bytes, mode, rip, (instruction) =>
    instruction.isInvalid ? '(bad)' : formatInstruction(instruction),
  );
}

/** Writes the numbers below 10 of a disassembly in decimal. */
export function smallInDecimal(text: string): string {
  return text.replaceAll(SMALL_NUMBER, '$1');
}

/** What writes instructions and their operands, every number of them in hexadecimal. Kept. */
export function disassembler(): Formatter {
  if (formatter === undefined) {
    const { Formatter, FormatterSyntax } = iced();
    formatter = new Formatter(FormatterSyntax.Intel);
    formatter.hexPrefix = '0x';
    formatter.hexSuffix = '';
    formatter.uppercaseHex = false;
    formatter.spaceAfterOperandSeparator = true;
    // Its own way to have small ones in decimal looks at the low half alone: 0x100000005 is 5 there.
    formatter.smallHexNumbersInDecimal = false;
    formatter.branchLeadingZeros = false;
  }
  return formatter;
}

/** The package, loaded when the first instruction is decoded: most questions to a trace decode none. */
function iced(): typeof Iced {
  loaded ??= createRequire(import.meta.url)('iced-x86') as typeof Iced;
  return loaded;
}
