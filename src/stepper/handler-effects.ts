import { wide, lowWord, highWord } from '../base/halves.js';
import { classify } from '../x86/classify.js';
import { MAX_INSTRUCTION_BYTES } from '../x86/iced.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { CS, modeOf, RIP } from '../machine/register-words.js';

/** More instructions than this KVM runs in one go (kvm-stepping rule 1). */
const MAX_FUSED = 8;

/**
 * The Effect bits of what KVM has run of a handler before it could be stopped: the instruction at rip
 * and, after those that give no debug exit, the next. Registers and memory can be undone from what
 * the step keeps of them; this is what else has to be.
 */
export function handlerEffects(words: Int32Array, memory: LinearMemory): number {
  const bytes = new Uint8Array(MAX_INSTRUCTION_BYTES);
  const mode = modeOf(words);
  const base = mode === 64 ? 0n : BigInt(words[CS]! >>> 0);
  let rip = wide(words[RIP]!, words[RIP + 1]!);
  let effects = 0;
  for (let i = 0; i < MAX_FUSED; i++) {
    const at = base + rip;
    const count = memory.read(lowWord(at), highWord(at), MAX_INSTRUCTION_BYTES, bytes);
    if (count === 0) break;
    const instruction = classify(bytes.subarray(0, count), mode, rip);
    effects |= instruction.effects;
    if (!instruction.takesNoTrap) break;
    rip += BigInt(instruction.length);
  }
  return effects;
}
