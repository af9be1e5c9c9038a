/**
 * String instructions with a REP prefix, run whole where KVM steps by the trap flag. That traps after each
 * element, which costs as much as a step: a kernel that copies itself would take minutes. Without TF the
 * instruction runs on to a HLT behind it.
 */
import { lowWord, highWord } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import { privilegeOf } from '../machine/register-words.js';
import { repCount, stringPages } from '../machine/string-pages.js';
import { linearNext } from './arrival.js';
import type { Code } from './code-cache.js';
import type { VcpuControl } from './vcpu-control.js';

/** With fewer elements stepping costs no more. */
const LEAST = 16;
/** Pages that are looked at before: 256 MiB. */
const MOST_PAGES = 65_536;

/**
 * Whether the instruction may run whole: at level 0, where HLT is no exception, without ports, each element
 * of which exits, and where it neither reads nor writes the page in which the HLT stands meanwhile.
 */
export function canRunWhole(control: VcpuControl, code: Code): boolean {
  const { words, memory } = control;
  const { repeats, accessesPort, operands } = code.class;
  if (!repeats || accessesPort || privilegeOf(words) !== 0) return false;
  const next = linearNext(code, words);
  if (!memory.locate(lowWord(next), highWord(next))) return false;
  const { bytes, offset } = memory;
  const page = Math.floor(offset / PAGE_BYTES);
  let looked = 0;
  for (const operand of operands) {
    const { base, addressBits } = operand;
    const count = repCount(words, addressBits);
    if (base < 0 || count < LEAST) return false;
    for (const at of stringPages(operand, words, count, code.mode === 64)) {
      if (++looked > MOST_PAGES) return false;
      if (!memory.locate(lowWord(at), highWord(at))) continue;
      if (memory.bytes === bytes && Math.floor(memory.offset / PAGE_BYTES) === page) return false;
    }
  }
  return operands.length > 0;
}
