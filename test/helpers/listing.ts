/**
 * Guests as listings: address, bytes, and beside them the assembly that they are. The listing is the
 * guest; `checkListing` holds its two halves against each other.
 *
 *     7c00  b8 01 00        mov ax, 1        ; comment
 *     7c03  e6 80           out 0x80, al
 *     bits 32                                ; operand size of the lines that follow
 *     8000  00 00 01 00     db
 */
import { formatInstruction, withInstruction, type Mode } from '../../src/x86/iced.js';

export interface ListingLine {
  /** Linear address, which is the guest-physical one where the listing is loaded. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Undefined for data. */
  readonly text: string | undefined;
  readonly bits: Mode;
  /** Base of the code segment it runs in: near branches show offsets in it. */
  readonly base: number;
}

export interface Image {
  readonly load: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are better made by a program than written down: descriptor tables and such. */
export interface Data {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const LINE = /^([0-9a-f]+) {2}((?:[0-9a-f]{2} ?)+?)(?: {2,}(.*))?$/;
const DIRECTIVE = /^bits (16|32|64)(?: base ([0-9a-f]+))?$/;

export function parseListing(listing: string, bits: Mode): ListingLine[] {
  const lines: ListingLine[] = [];
  let current = bits;
  let base = 0;
  for (const raw of listing.split('\n')) {
    const line = raw.replace(/;.*$/, '').trim();
    if (line === '') continue;
    const directive = DIRECTIVE.exec(line);
    if (directive !== null) {
      current = Number(directive[1]) as Mode;
      base = directive[2] === undefined ? 0 : parseInt(directive[2], 16);
      continue;
    }
    const match = LINE.exec(line);
    if (match === null) throw new Error(`no line of a listing: ${JSON.stringify(raw)}`);
    const text = match[3]?.trim() ?? '';
    lines.push({
      address: parseInt(match[1]!, 16),
      bytes: Buffer.from(match[2]!.replaceAll(' ', ''), 'hex'),
      text: text === '' || text === 'db' ? undefined : text,
      bits: current,
      base,
    });
  }
  return lines;
}

/** What is wrong with the listing: lines whose assembly is not what their bytes are. */
export function checkListing(lines: readonly ListingLine[]): string[] {
  const wrong: string[] = [];
  for (const { address, bytes, text, bits, base } of lines) {
    if (text === undefined) continue;
    const [found, length] = disassemble(bytes, bits, address - base);
    if (found !== text || length !== bytes.length) {
      wrong.push(`${address.toString(16)}: says ${text}, is ${found} of ${length} bytes`);
    }
  }
  return wrong;
}

function disassemble(bytes: Uint8Array, bits: Mode, ip: number): [text: string, length: number] {
  return withInstruction(bytes, bits, BigInt(ip), (instruction) =>
    instruction.isInvalid
      ? ['(bad)', bytes.length]
      : [formatInstruction(instruction), instruction.length],
  );
}

/** One run of bytes from the lowest address to the highest; what is not listed is zero. */
export function assemble(lines: readonly ListingLine[], data: readonly Data[] = []): Image {
  const pieces = [...lines.map(({ address, bytes }) => ({ at: address, bytes })), ...data];
  const load = Math.min(...pieces.map(({ at }) => at));
  const end = Math.max(...pieces.map(({ at, bytes }) => at + bytes.length));
  const image = new Uint8Array(end - load);
  const taken = new Uint8Array(end - load);
  for (const { at, bytes } of pieces) {
    const start = at - load;
    if (taken.subarray(start, start + bytes.length).includes(1)) {
      throw new Error(`two pieces of the guest at 0x${at.toString(16)}`);
    }
    taken.fill(1, start, start + bytes.length);
    image.set(bytes, start);
  }
  return { load, bytes: image };
}
