/** Lists of symbols as text: what `nm` prints, System.map, /proc/kallsyms. */
import type { GuestSymbol, GuestSymbolKind } from './image.js';

/** `ffffffff81000000 T _text`, with a size after the address as of `nm -S`, and a module as of kallsyms. */
const LINE =
  /^(?<address>[0-9a-f]+) +(?:(?<size>[0-9a-f]{8,16}) +)?(?<type>[a-z?-]) +(?<name>\S+)(?:\s+\[\S+\])?$/i;

/** By the letter (nm(1)), in either case; others name no address of the guest. */
const KINDS: Readonly<Record<string, GuestSymbolKind>> = {
  t: 'function', w: 'function', i: 'function',
  d: 'object', b: 'object', r: 'object', g: 'object', s: 'object', v: 'object', u: 'object',
}; // prettier-ignore

/** Undefined where the text is no such list: every line that is not empty has to be of it. */
export function readSymbolMap(text: string): GuestSymbol[] | undefined {
  const symbols: GuestSymbol[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const { address, size, type, name } = LINE.exec(line.trimEnd())?.groups ?? {};
    // What is not defined has no address: `                 U printf`.
    if (/^\s+[Uw] \S+$/.test(line)) continue;
    if (address === undefined || name === undefined) return undefined;
    const kind = KINDS[type!.toLowerCase()];
    const value = BigInt(`0x${address}`);
    if (kind === undefined || value === 0n || value >= 2n ** 64n) continue;
    symbols.push({ name, address: value, size: Number.parseInt(size ?? '0', 16), kind });
  }
  if (symbols.length === 0) return undefined;
  return symbols.sort((a, b) => (a.address < b.address ? -1 : Number(a.address > b.address)));
}
