/** The part of a register dump behind the general registers: segments, tables, control registers. */

const CCS = Buffer.from('CCS=');
const NEWLINE = 10;

const SEGMENT =
  /^(ES|CS|SS|DS|FS|GS|LDT|TR) *=([0-9a-f]{4}) ([0-9a-f]+) ([0-9a-f]{8}) ([0-9a-f]{8})/;
const TABLE = /^(GDT|IDT)= +([0-9a-f]+) ([0-9a-f]{8})/;
const NAMED = /(CR[0234]|DR[67]|EFER)=([0-9a-f]+)/g;

export class SystemState {
  /** Values by the names that they have in a trace; segments have four each. */
  readonly values = new Map<string, bigint>();
  /** Where the dump ends. */
  end = 0;
  #text = Buffer.alloc(0);
  #efer = Buffer.alloc(0);

  /** Reads the dump that goes on at `start`; true if anything differs from the one before. */
  update(log: Buffer, start: number): boolean {
    const lazy = this.#lazyFlagsLine(log, start);
    const eferStart = log.indexOf(NEWLINE, lazy) + 1;
    this.end = log.indexOf(NEWLINE, eferStart) + 1;
    if (same(log, start, lazy, this.#text) && same(log, eferStart, this.end, this.#efer)) {
      return false;
    }
    this.#text = Buffer.from(log.subarray(start, lazy));
    this.#efer = Buffer.from(log.subarray(eferStart, this.end));
    this.#parse(`${this.#text.toString('latin1')}${this.#efer.toString('latin1')}`);
    return true;
  }

  /** The line with QEMU's own state for computing flags, which says nothing of the guest. */
  #lazyFlagsLine(log: Buffer, start: number): number {
    const likely = start + this.#text.length;
    if (log[likely] === CCS[0] && log[likely + 1] === CCS[1] && log[likely + 2] === CCS[2]) {
      return likely;
    }
    return log.indexOf(CCS, start);
  }

  #parse(text: string): void {
    const { values } = this;
    for (const line of text.split('\n')) {
      const segment = SEGMENT.exec(line);
      if (segment !== null) {
        const name = segment[1] === 'LDT' ? 'ldtr' : segment[1]!.toLowerCase();
        values.set(name, hex(segment[2]!));
        values.set(`${name}_base`, hex(segment[3]!));
        values.set(`${name}_limit`, hex(segment[4]!));
        // Bits 8 to 23 of a descriptor's upper half; the limit's bits among them are not attributes.
        values.set(`${name}_attributes`, (hex(segment[5]!) >> 8n) & 0xf0ffn);
        continue;
      }
      const table = TABLE.exec(line);
      if (table !== null) {
        values.set(`${table[1]!.toLowerCase()}r_base`, hex(table[2]!));
        values.set(`${table[1]!.toLowerCase()}r_limit`, hex(table[3]!));
        continue;
      }
      for (const [, name, value] of line.matchAll(NAMED)) {
        values.set(name!.toLowerCase(), hex(value!));
      }
    }
  }
}

function same(log: Buffer, start: number, end: number, expected: Buffer): boolean {
  return end - start === expected.length && log.compare(expected, 0, end - start, start, end) === 0;
}

function hex(digits: string): bigint {
  return BigInt(`0x${digits}`);
}
