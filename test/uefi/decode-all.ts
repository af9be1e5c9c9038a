import { Decoder, DecoderOptions } from 'iced-x86';
import { disassemble } from '../../src/x86/iced.js';

/** Instructions of 64-bit code at address 0, one after the other. */
export function decodeAll(code: Uint8Array): { readonly offset: number; readonly text: string }[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const found: { offset: number; text: string }[] = [];
  for (let offset = 0; offset < code.length;) {
    const { length } = decoder.decode();
    found.push({
      offset,
      text: disassemble(code.subarray(offset, offset + length), 64, BigInt(offset)),
    });
    offset += length;
  }
  return found;
}
