/**
 * drcov, version 2: the code coverage of DynamoRIO's tool of that name, which Lighthouse and bncov read. Blocks
 * are offsets into modules; the guest's image is one, and code elsewhere belongs to modules that are
 * named after where they are.
 */
import type { Trace } from '../query/trace.js';
import { basicBlocks, type BasicBlock } from './basic-blocks.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { guestName } from './function-name.js';
import { metaInteger } from './meta.js';

/** For Lighthouse. */
export const drcov = singleFile(chunks);

/** Offsets have 32 bits: what a module can hold. */
const MODULE_BYTES = 1n << 32n;
const Most = { modules: 0x1_0000, blockBytes: 0xffff } as const;
const BLOCK_BYTES = 8;
/** Blocks in a piece. */
const PIECE_BLOCKS = 8192;

interface Module {
  readonly name: string;
  readonly base: bigint;
  end: bigint;
}

interface PlacedBlock {
  readonly module: number;
  readonly offset: number;
  readonly size: number;
}

function* chunks(source: ExportSource): Generator<Chunk> {
  const { trace } = source;
  const image = imageOf(trace);
  const modules: Module[] = [
    { name: moduleName(guestName(trace)), base: image.base, end: image.base },
  ];
  const blocks = basicBlocks(source).flatMap((block) => place(block, image, modules));
  yield 'DRCOV VERSION: 2\nDRCOV FLAVOR: drcov\n';
  yield `Module Table: version 2, count ${modules.length}\nColumns: id, base, end, entry, path\n`;
  for (const [id, { name, base, end }] of modules.entries()) {
    yield `${id}, ${hex(base)}, ${hex(end)}, ${hex(id === 0 ? image.entry : 0n)}, ${name}\n`;
  }
  yield `BB Table: ${blocks.length} bbs\n`;
  for (let at = 0; at < blocks.length; at += PIECE_BLOCKS) {
    yield encode(blocks.slice(at, at + PIECE_BLOCKS));
  }
}

/** Where the guest's image lies, in linear addresses. */
interface Image {
  /** As it was linked: what a disassembler shows. */
  readonly base: bigint;
  /** As it was loaded: the same, but for kernels that begin elsewhere. */
  readonly loaded: bigint;
  readonly entry: bigint;
}

function imageOf(trace: Trace): Image {
  const loaded = metaInteger(trace, 'load');
  const distance = loadDistance(trace);
  const entry = BigInt.asUintN(64, metaInteger(trace, 'entry') + distance);
  return { base: BigInt.asUintN(64, loaded + distance), loaded, entry };
}

/** How much higher the image was linked than it was loaded. */
function loadDistance(trace: Trace): bigint {
  for (const [address] of trace.query('SELECT address FROM symbol ORDER BY id LIMIT 64').rows) {
    const linked = BigInt.asUintN(64, address as bigint);
    const loaded = trace.loadedAt(linked);
    if (loaded !== undefined) return linked - loaded;
  }
  return 0n;
}

/** The block as it stands in the table: in pieces, where its size takes more than 16 bits. */
function place({ address, size }: BasicBlock, image: Image, modules: Module[]): PlacedBlock[] {
  const start = [image.base, image.loaded].find(
    (base) => address >= base && address + BigInt(size) <= base + MODULE_BYTES,
  );
  const module = start === undefined ? moduleAround(address, modules) : 0;
  const offset = Number(address - (start ?? modules[module]!.base));
  const end = modules[module]!.base + BigInt(offset + size);
  if (end > modules[module]!.end) modules[module]!.end = end;
  const pieces: PlacedBlock[] = [];
  for (let done = 0; done < size; done += Most.blockBytes) {
    pieces.push({ module, offset: offset + done, size: Math.min(Most.blockBytes, size - done) });
  }
  return pieces;
}

/** The module of the 4 GiB that an address lies in. */
function moduleAround(address: bigint, modules: Module[]): number {
  const base = address - (address % MODULE_BYTES);
  const known = modules.findIndex((each, id) => id > 0 && each.base === base);
  if (known > 0) return known;
  // Beyond that, code goes to the last one: no guest runs in so many places.
  if (modules.length === Most.modules) return Most.modules - 1;
  return modules.push({ name: `memory_${base.toString(16)}`, base, end: base }) - 1;
}

function encode(blocks: readonly PlacedBlock[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(blocks.length * BLOCK_BYTES));
  for (const [i, { module, offset, size }] of blocks.entries()) {
    bytes.setUint32(i * BLOCK_BYTES, offset, true);
    bytes.setUint16(i * BLOCK_BYTES + 4, size, true);
    bytes.setUint16(i * BLOCK_BYTES + 6, module, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** Columns are separated by commas. */
function moduleName(path: string): string {
  return path.replaceAll(',', '_');
}

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
