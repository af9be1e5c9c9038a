/**
 * Packets of gdb's remote serial protocol (gdb manual, "Overview" of "Remote Protocol"):
 * `$payload#checksum`, single characters to acknowledge, and 0x03 to interrupt. Payloads are strings of
 * which each character is a byte.
 */

/** What a peer may send at once: its packets are no longer than what `PacketSize` told it. */
export const PACKET_BYTES = 0x10000;

const INTERRUPT = '\x03';
const ESCAPE = '}';
/** What an escaped character is combined with (exclusive or). */
const ESCAPE_BIT = 0x20;

/** What gdb has sent, once it is taken apart. */
export type Incoming =
  | { readonly kind: 'packet'; readonly payload: string }
  /** Its checksum is wrong: it wants to be sent again. */
  | { readonly kind: 'damaged' }
  /** The peer asks for the last packet once more. */
  | { readonly kind: 'resend' }
  | { readonly kind: 'interrupt' };

/** A packet, ready to be sent. */
export function encodePacket(payload: string): string {
  // `$` and `#` begin and end a packet, `*` would be taken for a run of the same character.
  const escaped = payload.replaceAll(
    /[#$}*]/g,
    (character) => ESCAPE + String.fromCharCode(character.charCodeAt(0) ^ ESCAPE_BIT),
  );
  return `$${escaped}#${checksum(escaped)}`;
}

/** Takes a stream of bytes apart. */
export class PacketReader {
  #rest = '';

  /**
   * @param bytes what has come, each character a byte
   * @returns what is whole by now, in order
   * @throws Error where a packet is longer than any that the peer may send
   */
  push(bytes: string): Incoming[] {
    this.#rest += bytes;
    const found: Incoming[] = [];
    for (;;) {
      const next = this.#next();
      if (next === undefined) break;
      if (next !== 'skipped') found.push(next);
    }
    if (this.#rest.length > 2 * PACKET_BYTES) throw new Error('a packet is too long');
    return found;
  }

  #next(): Incoming | 'skipped' | undefined {
    const text = this.#rest;
    if (text === '') return undefined;
    const first = text[0]!;
    if (first !== '$') {
      this.#rest = text.slice(1);
      if (first === INTERRUPT) return { kind: 'interrupt' };
      return first === '-' ? { kind: 'resend' } : 'skipped';
    }
    const hash = text.indexOf('#');
    if (hash < 0 || text.length < hash + 3) return undefined;
    const escaped = text.slice(1, hash);
    this.#rest = text.slice(hash + 3);
    if (text.slice(hash + 1, hash + 3).toLowerCase() !== checksum(escaped)) {
      return { kind: 'damaged' };
    }
    const payload = escaped.replaceAll(/\}([^])/g, (_, character: string) =>
      String.fromCharCode(character.charCodeAt(0) ^ ESCAPE_BIT),
    );
    return { kind: 'packet', payload };
  }
}

/** The sum of all characters modulo 256, as two digits. */
function checksum(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  return (sum & 0xff).toString(16).padStart(2, '0');
}
