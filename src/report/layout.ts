/** Laying text out in 80 columns. */

/** The width that every report keeps. */
export const COLUMNS = 80;

/** Breaks a text at spaces; every line begins with `indent`, the first with `head` instead. */
export function wrap(head: string, text: string, indent = ' '.repeat(head.length)): string[] {
  const lines: string[] = [];
  let line = head;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** A column: cuts what is longer than `width` less a space, and fills what is shorter. */
export function fit(text: string, width: number): string {
  const cut = text.length < width ? text : `${text.slice(0, Math.max(0, width - 2))}…`;
  return cut.padEnd(width);
}
