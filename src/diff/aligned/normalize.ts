/** Instructions written so that the same code at other addresses reads the same. */
import type { Instruction } from '../../trace/reader/instructions.js';
import { formatSymbol } from '../../trace/reader/symbols.js';
import type { CodeModel } from './model.js';

/** Numbers below are taken for constants, not for addresses. */
const LOWEST_ADDRESS = 0x1000n;

export interface NormalForm {
  /** Addresses as symbol+offset, branches inside of the function as `L`. */
  readonly exact: string;
  /** The same with registers by their width alone. */
  readonly shape: string;
}

export function normalize(model: CodeModel, instruction: Instruction): NormalForm {
  const own = model.functionOf[instruction.id]!;
  const exact = instruction.text.replaceAll(/0x[0-9a-f]+/g, (text) => {
    const value = BigInt(text);
    return value < LOWEST_ADDRESS ? text : (nameOf(model, value, own) ?? text);
  });
  return { exact, shape: exact.replaceAll(REGISTER, (name) => `%${widthOf(name)}`) };
}

function nameOf(model: CodeModel, address: bigint, own: number): string | undefined {
  const id = model.placeOf(address);
  const { side, named } = model;
  if (!named) {
    if (id >= 0) return 'L';
    // Data without symbols: all that can be said is that it is an address.
    const inside = side.file.memory.slots.some(
      ({ gpa, size }) => address >= BigInt(gpa) && address < BigInt(gpa) + BigInt(size),
    );
    return inside ? '@' : undefined;
  }
  const found = side.file.symbols.at(address);
  if (found === undefined) return undefined;
  const isOwn = found.symbol.name === model.functions[own]?.name.replace(/#\d+$/, '');
  return isOwn && found.offset > 0n ? 'L' : formatSymbol(found);
}

const REGISTER =
  /\b(?:r(?:ax|bx|cx|dx|si|di|bp|8|9|1[0-5])|r(?:8|9|1[0-5])[dwb]|e(?:ax|bx|cx|dx|si|di|bp)|[abcd][xlh]|[sd]il?|bpl?)\b/g;

function widthOf(name: string): 64 | 32 | 16 | 8 {
  if (/^e|d$/.test(name) && name !== 'rd') return 32;
  if (/^r(?:8|9|1[0-5])w$/.test(name)) return 16;
  if (/^r(?:8|9|1[0-5])b$/.test(name)) return 8;
  if (name.startsWith('r')) return 64;
  return /[lh]$/.test(name) ? 8 : 16;
}
