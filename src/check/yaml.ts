/**
 * The part of YAML that manifests need: block mappings and sequences, plain and quoted scalars, `|`
 * blocks, comments, and JSON for everything that is nested in one line. What else YAML has (anchors,
 * tags, several documents) is refused, not guessed at.
 */
import { inputError } from '../errors.js';

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

export function parseYaml(text: string, path: string): unknown {
  return new YamlReader(text, path).read();
}

class YamlReader {
  readonly #path: string;
  readonly #raw: readonly string[];
  readonly #lines: Line[] = [];
  #at = 0;

  constructor(text: string, path: string) {
    this.#path = path;
    this.#raw = text.split(/\r?\n/);
    for (const [i, raw] of this.#raw.entries()) {
      if (/^\s*(?:#.*)?$/.test(raw) || (i === 0 && raw === '---')) continue;
      const indent = raw.search(/\S/);
      if (raw.slice(0, indent).includes('\t')) this.#fail(i + 1, 'a tab for indentation');
      this.#lines.push({ number: i + 1, indent, text: raw.slice(indent).trimEnd() });
    }
  }

  read(): unknown {
    const [first] = this.#lines;
    if (first === undefined) return {};
    const value = this.#block(first.indent);
    const left = this.#lines[this.#at];
    if (left !== undefined) this.#fail(left.number, 'indentation that fits nothing before');
    return value;
  }

  #block(indent: number): unknown {
    return this.#isItem(this.#lines[this.#at]!) ? this.#sequence(indent) : this.#mapping(indent);
  }

  #sequence(indent: number): unknown[] {
    const items: unknown[] = [];
    for (;;) {
      const line = this.#lines[this.#at];
      if (line?.indent !== indent || !this.#isItem(line)) return items;
      const rest = line.text.slice(1).trimStart();
      const inner = line.indent + line.text.length - rest.length;
      if (rest === '') {
        this.#at++;
        items.push(this.#nested(indent));
      } else if (splitKey(rest) === undefined) {
        this.#at++;
        items.push(this.#scalar(rest, line));
      } else {
        // The first key of a mapping stands beside the dash.
        this.#lines[this.#at] = { ...line, indent: inner, text: rest };
        items.push(this.#mapping(inner));
      }
    }
  }

  #mapping(indent: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (;;) {
      const line = this.#lines[this.#at];
      if (line?.indent !== indent || this.#isItem(line)) break;
      const pair = splitKey(line.text);
      if (pair === undefined) this.#fail(line.number, `no 'key: value'`);
      const [key, rest] = pair;
      if (entries.some(([known]) => known === key)) this.#fail(line.number, `${key} a second time`);
      this.#at++;
      entries.push([key, rest === '' ? this.#nested(indent, true) : this.#scalar(rest, line)]);
    }
    return Object.fromEntries(entries);
  }

  /** What stands below a key or dash, farther in; a sequence may stand right below its key. */
  #nested(indent: number, isKey = false): unknown {
    const line = this.#lines[this.#at];
    if (line === undefined) return null;
    if (line.indent > indent || (isKey && line.indent === indent && this.#isItem(line))) {
      return this.#block(line.indent);
    }
    return null;
  }

  #scalar(text: string, line: Line): unknown {
    if (/^[|>][+-]?$/.test(text)) return this.#literal(text, line);
    if (/^[[{]/.test(text)) return this.#flow(text, line);
    if (/^[&*!%@`]/.test(text)) this.#fail(line.number, `${text[0]!}, which manifests cannot have`);
    if (text.startsWith('"')) return this.#json(stripComment(text), line);
    if (text.startsWith("'")) {
      const quoted = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text)?.[1];
      if (quoted === undefined) this.#fail(line.number, 'a quote that does not end');
      return quoted.replaceAll("''", "'");
    }
    const plain = stripComment(text);
    if (/^(?:true|false)$/.test(plain)) return plain === 'true';
    if (/^(?:null|~)$/.test(plain)) return null;
    return /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : plain;
  }

  #flow(text: string, line: Line): unknown {
    const plain = stripComment(text);
    // [a, b] of plain words is common; everything else has to be JSON.
    const list = /^\[([^[\]{}"']*)\]$/.exec(plain)?.[1];
    if (list === undefined) return this.#json(plain, line);
    return list.trim() === '' ? [] : list.split(',').map((item) => this.#scalar(item.trim(), line));
  }

  #json(text: string, line: Line): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      return this.#fail(line.number, `what is not JSON (${(error as Error).message})`);
    }
  }

  /** The lines that stand farther in, kept as they are, or folded into one. */
  #literal(mark: string, { number, indent }: Line): string {
    const body: string[] = [];
    let end = number;
    while (end < this.#raw.length) {
      const raw = this.#raw[end]!;
      if (raw.trim() !== '' && raw.search(/\S/) <= indent) break;
      body.push(raw);
      end++;
    }
    while (this.#at < this.#lines.length && this.#lines[this.#at]!.number <= end) this.#at++;
    const least = Math.min(
      ...body.filter((raw) => raw.trim() !== '').map((raw) => raw.search(/\S/)),
    );
    const lines = body.map((raw) => raw.slice(least));
    const text = lines.join(mark.startsWith('>') ? ' ' : '\n').trimEnd();
    return mark.endsWith('-') ? text : `${text}\n`;
  }

  #isItem({ text }: Line): boolean {
    return text === '-' || text.startsWith('- ');
  }

  #fail(line: number, what: string): never {
    throw inputError(`${this.#path} line ${line} has ${what}: write it plainly, or as JSON.`);
  }
}

/** `key: rest`, where the key may be quoted. */
function splitKey(text: string): [key: string, rest: string] | undefined {
  const match = /^(?:"([^"]*)"|'([^']*)'|([^\s'"#[\]{},&*!|>%@`][^:#]*?))\s*:(?:\s+(.*))?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const rest = match[4] ?? '';
  return [match[1] ?? match[2] ?? match[3]!, rest.startsWith('#') ? '' : rest];
}

function stripComment(text: string): string {
  if (text.startsWith('"')) return /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text)?.[1] ?? text;
  return text.replace(/\s+#.*$/, '').trimEnd();
}
