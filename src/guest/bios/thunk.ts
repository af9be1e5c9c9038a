/**
 * The guest's side of the BIOS: a stub for each interrupt, which hands the call to the recorder and carries out
 * what it answers, with IN and INS alone (as uefi/thunk.ts does). Registers that a service changes are
 * changed where the stub has saved them.
 */

/** Written by a stub: a call. Read: the next word, or byte, of the answer. */
export const BIOS_PORT = 0xea;

/** Where the stubs lie: in the segment where a PC has its BIOS. */
export const BIOS_SEGMENT = 0xf000;
/** Offset of the stubs in segment 0xf000. */
export const STUBS_OFFSET = 0xe000;
/** Bytes from one stub to the next. */
export const STUB_BYTES = 16;

/** From SP at a call's OUT: what the stub and the interrupt have pushed. */
export const FRAME = {
  ...{ es: 0, edi: 2, esi: 6, ebp: 10, ebx: 18, edx: 22, ecx: 26, eax: 30 },
  ...{ ip: 34, cs: 36, flags: 38 },
} as const;

/** pushad; push es; out 0xea, al; jmp common */
const STUB_HEAD = [0x66, 0x60, 0x06, 0xe6, BIOS_PORT, 0xe9];
const STUB_LENGTH = STUB_HEAD.length + 2;

/**
 * An answer is pieces of [count, segment, offset, bytes], each word for word, and a zero at its end:
 *
 *     reply: in ax, 0xea      done: pop es
 *            test ax, ax            popad
 *            jz done                iret
 *            mov cx, ax
 *            in ax, 0xea
 *            mov es, ax
 *            in ax, 0xea
 *            mov di, ax
 *            mov dx, 0xea
 *            cld
 *            rep insb
 *            jmp reply
 */
const COMMON = [
  ...[0xe5, BIOS_PORT, 0x85, 0xc0, 0x74, 0x12, 0x89, 0xc1, 0xe5, BIOS_PORT, 0x8e, 0xc0],
  ...[0xe5, BIOS_PORT, 0x89, 0xc7, 0xba, BIOS_PORT, 0x00, 0xfc, 0xf3, 0x6c, 0xeb, 0xe8],
  ...[0x07, 0x66, 0x61, 0xcf],
];

/** Interrupts that have a stub, in the order of the stubs. All others lead to an IRET. */
export const BIOS_VECTORS = [
  0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a,
] as const;
export type BiosVector = (typeof BIOS_VECTORS)[number];

const COMMON_OFFSET = STUBS_OFFSET + STUB_BYTES * BIOS_VECTORS.length;
const IRET_OFFSET = COMMON_OFFSET + COMMON.length - 1;

/** The interrupt whose stub has this offset in the segment of the BIOS. */
export function vectorAt(ip: number): BiosVector | undefined {
  return BIOS_VECTORS[Math.floor((ip - STUBS_OFFSET) / STUB_BYTES)];
}

/** Stubs and common code, for BIOS_SEGMENT:STUBS_OFFSET. */
export function biosCode(): Uint8Array {
  const bytes = new Uint8Array(COMMON_OFFSET + COMMON.length - STUBS_OFFSET).fill(0xcc);
  const view = new DataView(bytes.buffer);
  for (const index of BIOS_VECTORS.keys()) {
    const at = STUB_BYTES * index;
    bytes.set(STUB_HEAD, at);
    view.setInt16(at + STUB_HEAD.length, COMMON_OFFSET - (STUBS_OFFSET + at + STUB_LENGTH), true);
  }
  bytes.set(COMMON, COMMON_OFFSET - STUBS_OFFSET);
  return bytes;
}

/** The 256 far pointers for address 0. */
export function vectorTable(): Uint8Array {
  const table = new Uint16Array(512);
  for (let vector = 0; vector < 256; vector++) {
    const index = BIOS_VECTORS.findIndex((each) => each === vector);
    table[2 * vector] = index < 0 ? IRET_OFFSET : STUBS_OFFSET + STUB_BYTES * index;
    table[2 * vector + 1] = BIOS_SEGMENT;
  }
  return new Uint8Array(table.buffer);
}
