/** The code of a build, written so that it can be compared with that of another. */
import type { Instruction } from '../../../trace/read/instructions.js';
import type { CodeModel } from './model.js';
import { anyNumber, labelBy, normalize } from './normalize.js';
import { operationOf } from './operations.js';

/** An instruction in three spellings, each blinder to what a compiler may choose. */
export interface Form {
  /** Addresses as symbol+offset, branches inside of the function as `L`. */
  readonly exact: string;
  /** The same with registers by their width alone. */
  readonly shape: string;
  /** What is done, and with what, whatever registers are used for it; empty for nothing. */
  readonly operation: string;
}

/**
 * The code of each function. A branch is what it is by what it asks: what sets its flags is part of
 * it.
 *
 * @param names of functions that have a counterpart, the same for both
 */
export function formsOf(
  model: CodeModel,
  names: ReadonlyMap<string, string> = new Map(),
): readonly (readonly Form[])[] {
  const label = labelBy(names);
  return model.functions.map(({ code }) => {
    const plain = code.map((each) => normalize(model, each, label));
    return plain.map((form, i) => {
      const operation = operationOf(form);
      if (model.decides[code[i]!.id] !== 1) return { ...form, operation };
      // Whatever number it asks for: that may be the change.
      const asks = anyNumber(plain[flagsBefore(model, code, i)]?.shape ?? '');
      return { exact: `${asks}; ${form.exact}`, shape: `${asks}; ${form.shape}`, operation };
    });
  });
}

/** How far before a branch its flags may be set. */
const LOOK_BACK = 8;
const LEAVES_FLAGS = /^(?:mov|lea|push|pop|nop|cmov|set|not|xchg|bswap|cdq|cqo|cwd|cbw|j[^m])/;

/** Of the instructions before number `i` the nearest that sets flags; -1 if none is near. */
function flagsBefore(
  { place, behind }: CodeModel,
  code: readonly Instruction[],
  i: number,
): number {
  for (let at = i - 1; at >= 0 && at >= i - LOOK_BACK; at--) {
    if (behind[code[at]!.id] !== place[code[at + 1]!.id]) return -1;
    if (!LEAVES_FLAGS.test(code[at]!.text)) return at;
  }
  return -1;
}
