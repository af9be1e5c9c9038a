/** Text in columns whose cells wrap. */

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly paint?: (text: string) => string;
}

const INDENT = '  ';
const GAP = '  ';

/** The lines of one row; a word longer than its column sticks out. */
export function columns(cells: readonly Cell[]): string[] {
  const wrapped = cells.map(({ text, width }) => wrap(text, width));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) => {
    const parts = cells.map(({ width, paint = plain }, column) => {
      const text = wrapped[column]![row] ?? '';
      // Painted after padding: colours have no width.
      return paint(column === cells.length - 1 ? text : text.padEnd(width));
    });
    return (INDENT + parts.join(GAP)).trimEnd();
  });
}

/** Lines of at most `width`, broken at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

function plain(text: string): string {
  return text;
}
