/** Markdown from text that is not to be trusted: names in a trace are the guest's. */
import { printable } from '../base/printable.js';

/** GitHub's limit of a comment is 65,536 characters. */
const MAX_CHARACTERS = 60_000;
const ZERO_WIDTH_SPACE = '\u200b';

/** Text that stays what it is: no formatting, HTML, links, or mentions of people. */
export function plain(text: string): string {
  return printable(text)
    .replaceAll(/[\\`*_~<>#|[\]&]/g, (character) => `\\${character}`)
    .replaceAll('@', `@${ZERO_WIDTH_SPACE}`)
    .replaceAll('://', `:${ZERO_WIDTH_SPACE}//`)
    .replaceAll(/\bwww\./gi, (prefix) => `${prefix.slice(0, 3)}${ZERO_WIDTH_SPACE}.`);
}

/** Inline code. A bar would end the cell of a table, even there. */
export function code(text: string): string {
  if (text === '') return '';
  const shown = printable(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(longestRun(shown) + 1);
  // A span that begins or ends with a backtick needs the spaces (CommonMark, 6.1).
  return shown.includes('`') ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}

/** A block of lines as they are. */
export function block(lines: readonly string[]): string[] {
  const shown = lines.map(printable);
  const fence = '`'.repeat(Math.max(3, longestRun(shown.join('\n')) + 1));
  return [fence, ...shown, fence];
}

/** A block that is folded; `title` is Markdown. */
export function folded(title: string, lines: readonly string[]): string[] {
  return ['', `<details><summary>${title}</summary>`, '', ...block(lines), '', '</details>'];
}

/** Cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** As many of the sections, from the first on, as fit a comment; says how many do not. */
export function within(sections: readonly (readonly string[])[]): string {
  let text = '';
  for (const [i, section] of sections.entries()) {
    const more = section.join('\n');
    if (text.length + more.length > MAX_CHARACTERS) {
      return `${text}\n\n… ${sections.length - i} more, for which there is no room here`;
    }
    text += i === 0 ? more : `\n${more}`;
  }
  return text;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
