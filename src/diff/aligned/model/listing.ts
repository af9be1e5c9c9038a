/**
 * The code of a function as it was loaded, whether or not it ran: two builds of a function are the
 * same if this is, whatever ways each run took through it.
 */
import { PAGE_BYTES } from '../../../base/page.js';
import type { Instruction } from '../../../trace/read/instructions.js';
import { disassemble, MAX_INSTRUCTION_BYTES, withInstruction } from '../../../x86/iced.js';
import type { CodeModel, ModelFunction } from './model.js';
import { normalize, type FunctionLabel, type NormalForm } from './normalize.js';

/** An instruction of a function as it was loaded. */
export interface ListedInstruction {
  readonly address: bigint;
  readonly text: string;
  /** Its number where it ran, else -1. */
  readonly id: number;
  readonly form: NormalForm;
  /** The same, with numbers that are the end of a variable taken for that. */
  readonly byEnd: string;
  /** Where a branch inside of the function goes. */
  readonly target: bigint | undefined;
}

/** Functions that are longer are compared by what ran of them. */
const MAX_BYTES = 64 * 1024;

/**
 * Undefined where it cannot be told: without a symbol that says how long it is, with parts elsewhere,
 * or if what ran is not what was loaded.
 */
export function listingOf(
  model: CodeModel,
  found: ModelFunction,
  label: FunctionLabel,
): readonly ListedInstruction[] | undefined {
  const [first] = found.code;
  const size = sizeOf(model, found);
  if (first === undefined || size === undefined) return undefined;
  const bytes = loadedBytes(model, found.address, size);
  if (bytes === undefined) return undefined;
  const ran = new Map(found.code.map((each) => [each.address, each]));
  const base = first.address - first.rip;
  const list: ListedInstruction[] = [];
  for (let at = 0; at < size;) {
    const address = found.address + BigInt(at);
    const rest = bytes.subarray(at, at + MAX_INSTRUCTION_BYTES);
    const rip = address - base;
    const length = withInstruction(rest, first.mode, rip, (each) =>
      each.isInvalid ? 0 : each.length,
    );
    if (length === 0 || at + length > size) return undefined;
    const own = bytes.subarray(at, at + length);
    const executed = ran.get(address);
    if (executed !== undefined && !Buffer.from(executed.bytes).equals(own)) return undefined;
    ran.delete(address);
    const text = executed?.text ?? disassemble(own, first.mode, rip);
    const instruction = {
      id: executed?.id ?? -1,
      rip,
      address,
      mode: first.mode,
      bytes: own,
      text,
    };
    list.push(listed(model, found, instruction, label));
    at += length;
  }
  // Something else ran, in the middle of these, or in another place.
  return ran.size > 0 ? undefined : list;
}

function listed(
  model: CodeModel,
  found: ModelFunction,
  instruction: Instruction,
  label: FunctionLabel,
): ListedInstruction {
  const { address, text, id } = instruction;
  let target: bigint | undefined;
  const form = normalize(model, instruction, label, {
    own: found.name,
    onLabel: (goal) => (target = goal),
  });
  const byEnd = normalize(model, instruction, label, { own: found.name, preferEnds: true }).exact;
  return { address, text, id, form, byEnd, target };
}

function sizeOf({ named, side }: CodeModel, { address }: ModelFunction): number | undefined {
  const at = named && address >= 0n ? side.file.symbols.at(address) : undefined;
  if (at?.symbol.kind !== 'function' || at.offset !== 0n) return undefined;
  return at.symbol.size > 0 && at.symbol.size <= MAX_BYTES ? at.symbol.size : undefined;
}

/** Undefined where a page of it was not loaded with anything. */
function loadedBytes({ image }: CodeModel, address: bigint, size: number): Buffer | undefined {
  const pieces: Uint8Array[] = [];
  for (let done = 0; done < size;) {
    const at = address + BigInt(done);
    const length = Math.min(size - done, PAGE_BYTES - Number(at % BigInt(PAGE_BYTES)));
    const piece = image.loaded(at, length);
    if (piece.length < length) return undefined;
    pieces.push(piece);
    done += length;
  }
  return Buffer.concat(pieces);
}
