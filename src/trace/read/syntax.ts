/**
 * Disassembly in the syntax of whoever reads it. A trace holds Intel's, so that a disassembler is only
 * loaded for another.
 */
import type { StoredText } from './disassembly.js';

/** The syntaxes that `--syntax` takes. */
export const SYNTAXES = ['intel', 'att', 'masm'] as const;
export type Syntax = (typeof SYNTAXES)[number];

let format: ((code: StoredText) => string) | undefined;

/** The syntax of `shownText`: a choice of whoever runs the process, as colours are. */
export async function chooseSyntax(syntax: Syntax): Promise<void> {
  if (syntax === 'intel') format = undefined;
  else format = (await import('../../x86/other-syntax.js')).formatterOf(syntax);
}

/** An instruction as it is shown to people: in Intel's syntax unless they chose another. */
export function shownText(code: StoredText): string {
  return format === undefined ? code.text : format(code);
}
