/** Instructions written so that the same code at other addresses reads the same. */
import { hex } from '../../../base/number-text.js';
import type { Instruction } from '../../../trace/read/instructions.js';
import { formatSymbol } from '../../../trace/read/symbols.js';
import { smallInDecimal } from '../../../x86/iced.js';
import { writtenPieces, type WrittenNumber } from '../../../x86/written.js';
import type { NamedFunction } from './function-names.js';
import type { CodeModel } from './model.js';

/** Numbers below are taken for constants, unless they are where a branch goes. */
const LOWEST_ADDRESS = 0x1000n;

/** An instruction spelled without addresses. */
export interface NormalForm {
  /** Addresses as symbol+offset, branches inside of the function as `L`. */
  readonly exact: string;
  /** The same with registers by their width alone. */
  readonly shape: string;
}

/** What to call a function of the model in the code of others. */
export type FunctionLabel = (found: NamedFunction) => string;

/** Static functions that share a name read the same; without symbols all functions do. */
export const plainLabel: FunctionLabel = ({ symbol }) => symbol ?? 'fn';

/** @param names of functions that have a counterpart, the same for both */
export function labelBy(names: ReadonlyMap<string, string>): FunctionLabel {
  return (found) => names.get(found.name) ?? plainLabel(found);
}

/** What of an instruction's surroundings the spelling goes by. */
export interface NormalizeOptions {
  /** The function that it belongs to: needed of what did not run. */
  readonly own?: string;
  /** Told where it goes inside of that function. */
  readonly onLabel?: (target: bigint) => void;
  /** Take what may be the end of a variable for that, not for the beginning of the next one. */
  readonly preferEnds?: boolean;
}

/** What a place inside of the same function is called. */
const LABEL = 'L';

/** Spells an instruction so that it reads the same wherever it and what it refers to lie. */
export function normalize(
  model: CodeModel,
  instruction: Instruction,
  label: FunctionLabel = plainLabel,
  { own, onLabel, preferEnds = false }: NormalizeOptions = {},
): NormalForm {
  const { id, mode, rip, address } = instruction;
  const ownName = own ?? model.functions[model.functionOf[id]!]!.name;
  const nameOf = ({ role, value }: WrittenNumber): string | undefined => {
    // Branches count from the segment's base.
    const target = role === 'branch' ? BigInt.asUintN(64, value + address - rip) : value;
    if (target < LOWEST_ADDRESS && role !== 'branch') return undefined;
    const end = preferEnds ? model.objectEndBefore(target) : undefined;
    if (end !== undefined) return end;
    const code = codeName(model, target, ownName, label);
    if (code === LABEL) onLabel?.(target);
    return code ?? dataName(model, target, mode);
  };
  // From the bytes: the disassembly that a trace has is of whatever version recorded it.
  const exact = writtenPieces(instruction.bytes, mode, rip)
    .map(({ text, sign, number }) => {
      const name = number === undefined ? undefined : nameOf(number);
      return name === undefined ? smallInDecimal(text) : `${sign && '+'}${name}`;
    })
    .join('')
    // How far away it is depends on what stands in between.
    .replace(' short ', ' ');
  const shape = exact
    .replaceAll(/@"[^"]*"/g, '@')
    .replaceAll(REGISTER, (name) => `%${widthOf(name)}`);
  return { exact, shape };
}

function codeName(
  model: CodeModel,
  address: bigint,
  own: string,
  label: FunctionLabel,
): string | undefined {
  const isCode = model.placeOf(address) >= 0;
  if (!isCode && !isFunction(model, address)) return undefined;
  const found = model.names.at(address);
  const offset = address - found.address;
  if (found.name === own && (found.cold || offset > 0n)) return LABEL;
  if (found.address < 0n) return isCode ? LABEL : undefined;
  return offset === 0n ? label(found) : `${label(found)}+${hex(offset)}`;
}

function isFunction({ named, side }: CodeModel, address: bigint): boolean {
  return named && side.file.symbols.at(address)?.symbol.kind === 'function';
}

/** Variables by their symbols; other memory of the guest by what was loaded there. */
function dataName(
  { named, side, image }: CodeModel,
  address: bigint,
  mode: Instruction['mode'],
): string | undefined {
  const found = named ? side.file.symbols.at(address) : undefined;
  if (found !== undefined) return formatSymbol(found);
  if (!image.holds(address)) return undefined;
  // A table of where a switch goes, or of other addresses, which mean nothing in another build.
  const word = image.word(address, mode === 64 ? 8 : 4) ?? 0n;
  if (word >= LOWEST_ADDRESS && image.holds(word)) return '@';
  const text = image.text(address);
  return text === undefined ? '@' : `@${JSON.stringify(text.replaceAll('"', "'"))}`;
}

/** With registers by their width, a number that an instruction names is any number. */
export function anyNumber(shape: string): string {
  return shape.replaceAll(/(?<![%\w])(?:0x[0-9a-f]+|\d+)\b/g, '#');
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
