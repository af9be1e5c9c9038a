/** Colours: on terminals only, and not where NO_COLOR is set (https://no-color.org). */

type Paint = (text: string) => string;

export interface Style {
  /** What steps aside: numbers, bytes. */
  readonly faint: Paint;
  /** Where something is: symbols, addresses. */
  readonly place: Paint;
  /** What changed. */
  readonly change: Paint;
  /** What came from or went to the outside. */
  readonly event: Paint;
  /** Headings. */
  readonly strong: Paint;
}

export const PLAIN: Style = createPaints(false);

export function createStyle(stream: NodeJS.WriteStream): Style {
  const noColor = process.env['NO_COLOR'] ?? '';
  return createPaints(stream.isTTY && noColor === '' && process.env['TERM'] !== 'dumb');
}

function createPaints(colored: boolean): Style {
  const paint = (code: number): Paint =>
    colored ? (text) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`) : (text) => text;
  return {
    faint: paint(2),
    place: paint(36),
    change: paint(33),
    event: paint(35),
    strong: paint(1),
  };
}

const DEFAULT_COLUMNS = 80;

/** The width of a terminal, or undefined where `stream` is none. Some say 0 when they do not know. */
export function terminalColumns(stream: NodeJS.WriteStream): number | undefined {
  if (!stream.isTTY) return undefined;
  return stream.columns > 0 ? stream.columns : DEFAULT_COLUMNS;
}
