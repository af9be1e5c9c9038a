/** Minimal ELF files, byte by byte, so that tests can get every field wrong. */
export interface SegmentSpec {
  readonly type?: number;
  readonly offset?: bigint;
  readonly vaddr?: bigint;
  readonly paddr?: bigint;
  readonly fileSize?: bigint;
  readonly memorySize?: bigint;
}

export interface ElfSpec {
  readonly is64?: boolean;
  readonly type?: number;
  readonly machine?: number;
  readonly entry?: bigint;
  readonly segments?: readonly SegmentSpec[];
  /** What follows the program headers: by default 16 bytes of nop. */
  readonly code?: Uint8Array;
}

/** Where `code` lies in a file with `count` segments. */
export function codeOffset(is64: boolean, count: number): number {
  return (is64 ? 64 : 52) + count * (is64 ? 56 : 32);
}

function putWords(view: DataView, at: number, is64: boolean, words: readonly bigint[]): void {
  for (const [index, word] of words.entries()) {
    if (is64) view.setBigUint64(at + 8 * index, word, true);
    else view.setUint32(at + 4 * index, Number(word), true);
  }
}

function putHeader(view: DataView, is64: boolean, spec: ElfSpec, count: number): void {
  const { type = 2, machine = is64 ? 62 : 3, entry = 0x100000n } = spec;
  view.setUint32(0, 0x7f454c46);
  view.setUint8(4, is64 ? 2 : 1);
  view.setUint8(5, 1);
  view.setUint8(6, 1);
  view.setUint16(16, type, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  putWords(view, 24, is64, [entry, is64 ? 64n : 52n, 0n]);
  const rest = is64 ? 52 : 40;
  view.setUint16(rest, is64 ? 64 : 52, true);
  view.setUint16(rest + 2, is64 ? 56 : 32, true);
  view.setUint16(rest + 4, count, true);
}

/** An ELF executable with one segment at 1 MiB holding `code`, unless the spec says otherwise. */
export function buildElf(spec: ElfSpec = {}): Uint8Array {
  const { is64 = true, code = new Uint8Array(16).fill(0x90), segments = [{}] } = spec;
  const offset = codeOffset(is64, segments.length);
  const bytes = new Uint8Array(offset + code.length);
  const view = new DataView(bytes.buffer);
  putHeader(view, is64, spec, segments.length);
  bytes.set(code, offset);
  for (const [index, segment] of segments.entries()) {
    const at = (is64 ? 64 : 52) + index * (is64 ? 56 : 32);
    const vaddr = segment.vaddr ?? 0x100000n;
    const fileSize = segment.fileSize ?? BigInt(code.length);
    view.setUint32(at, segment.type ?? 1, true);
    putWords(view, at + (is64 ? 8 : 4), is64, [
      segment.offset ?? BigInt(offset),
      vaddr,
      segment.paddr ?? vaddr,
      fileSize,
      segment.memorySize ?? fileSize,
    ]);
  }
  return bytes;
}
