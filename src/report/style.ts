/** Colours: on terminals only, and not where NO_COLOR is set (https://no-color.org). */
import { styleText } from 'node:util';

type Paint = (text: string) => string;
type Format = 'dim' | 'cyan' | 'yellow' | 'magenta' | 'bold';

/** How parts of a text are painted, by what they are. */
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

/** No colours. */
export const PLAIN: Style = createPaints(false);

/** The colours for a stream: none unless it is a terminal that has them. */
export function createStyle(stream: NodeJS.WriteStream): Style {
  const noColor = process.env['NO_COLOR'] ?? '';
  return createPaints(stream.isTTY && noColor === '' && process.env['TERM'] !== 'dumb');
}

function createPaints(colored: boolean): Style {
  // Whether to is decided by the stream that is written to, not by the process.
  const paint = (format: Format): Paint =>
    colored
      ? (text) => (text === '' ? '' : styleText(format, text, { validateStream: false }))
      : (text) => text;
  return {
    faint: paint('dim'),
    place: paint('cyan'),
    change: paint('yellow'),
    event: paint('magenta'),
    strong: paint('bold'),
  };
}

const DEFAULT_COLUMNS = 80;

/** The width of a terminal, or undefined where `stream` is none. Some say 0 when they do not know. */
export function terminalColumns(stream: NodeJS.WriteStream): number | undefined {
  if (!stream.isTTY) return undefined;
  return stream.columns > 0 ? stream.columns : DEFAULT_COLUMNS;
}
