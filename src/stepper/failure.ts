import { wide } from '../base/halves.js';
import { hex, hexBytes } from '../base/number-text.js';
import { formatInstruction, withInstruction } from '../x86/iced.js';
import type { Code } from './code-cache.js';
import { RIP } from '../machine/register-words.js';

/** `popcnt rax, rbx` (f3 48 0f b8 c3) at 0x100123: an instruction as failures name it. */
export function describeInstruction(code: Code | undefined, words: Int32Array): string {
  const address = addressOf(words);
  if (code === undefined) return `an instruction at ${address}, where there is no memory`;
  const text = withInstruction(code.bytes, code.mode, wide(code.ripLow, code.ripHigh), (decoded) =>
    decoded.isInvalid ? 'an unknown instruction' : `\`${formatInstruction(decoded)}\``,
  );
  const bytes = hexBytes(code.bytes, ' ');
  return `${text} (${bytes}) at ${hex(wide(code.ripLow, code.ripHigh))}`;
}

function addressOf(words: Int32Array): string {
  return hex(wide(words[RIP]!, words[RIP + 1]!));
}

/** One sentence on why the guest cannot go on. */
export function describeFailure(
  kind: 'shutdown' | 'refused' | 'livelock' | 'stuck' | 'unexplained',
  code: Code | undefined,
  words: Int32Array,
): string {
  const instruction = describeInstruction(code, words);
  switch (kind) {
    case 'shutdown':
      return `triple fault at ${instruction}: an exception there found no handler that could run`;
    case 'refused':
      if (code === undefined) {
        return `the guest went on at ${addressOf(words)}, where there is no memory: look at the last steps of the trace`;
      }
      return (
        `this KVM cannot run ${instruction}: it emulates guests in software and lacks the ` +
        'instruction; record on a machine whose /dev/kvm uses VMX or SVM, or build the guest without it'
      );
    case 'livelock':
      return `${instruction} runs again and again without any effect`;
    case 'stuck':
      return `KVM has run ${instruction} for seconds and does not come back: the guest is where nothing can stop it`;
    case 'unexplained':
      return `after ${instruction} rip is where neither the instruction nor any of its exceptions could have put it`;
  }
}
