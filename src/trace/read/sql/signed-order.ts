/**
 * SQL that orders addresses as signed numbers without meaning to: SQLite's integers are signed, so that
 * `rip > 0xffffffff80000000` is true of every low address.
 */

/** Comments and texts, numbers, words, operators; what is left out is space. */
const TOKEN =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|0x[0-9a-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\w+(?:\.\w+)*|<=|>=|<>|<<|>>|\|\||[^\s]/gi;
const ORDER = ['<', '>', '<=', '>='];
const TOP = 2n ** 63n;

/** A literal with the top bit set that is compared with `<` or `>`, and with what. */
export interface SignedComparison {
  readonly literal: string;
  readonly operator: string;
  /** The other side where that is a single name, else undefined. */
  readonly other: string | undefined;
}

/** The first such comparison in SQL. A pair of them in BETWEEN is in order, both being negative. */
export function signedComparison(sql: string): SignedComparison | undefined {
  const tokens = (sql.match(TOKEN) ?? []).filter((token) => !/^(?:--|\/\*)/.test(token));
  for (const [i, literal] of tokens.entries()) {
    if (!hasTopBit(literal)) continue;
    const [before, after] = [tokens[i - 1] ?? '', tokens[i + 1] ?? ''];
    // `(x < 0, x) > (1, 0xffff…)` and `unsigned(0xffff…)` have a parenthesis or a comma before it.
    if (ORDER.includes(before)) return { literal, operator: before, other: nameIn(tokens[i - 2]) };
    if (ORDER.includes(after)) {
      return { literal, operator: mirrored(after), other: nameIn(tokens[i + 2]) };
    }
    const between = betweenAround(tokens, i);
    if (between !== undefined && !(hasTopBit(between.low) && hasTopBit(between.high))) {
      return { literal, operator: 'BETWEEN', other: nameIn(between.what) };
    }
  }
  return undefined;
}

interface Between {
  readonly what: string | undefined;
  readonly low: string;
  readonly high: string;
}

/** The BETWEEN that a literal is one end of. */
function betweenAround(tokens: readonly string[], at: number): Between | undefined {
  for (const word of [at - 1, at - 3]) {
    if (tokens[word]?.toUpperCase() !== 'BETWEEN' || tokens[word + 2]?.toUpperCase() !== 'AND') {
      continue;
    }
    const isNot = tokens[word - 1]?.toUpperCase() === 'NOT';
    return {
      what: tokens[word - (isNot ? 2 : 1)],
      low: tokens[word + 1] ?? '',
      high: tokens[word + 3] ?? '',
    };
  }
  return undefined;
}

function hasTopBit(token: string): boolean {
  if (!/^(?:0x[0-9a-f]{1,64}|\d{1,64})$/i.test(token)) return false;
  const value = BigInt(token);
  return value >= TOP && value < 2n * TOP;
}

function mirrored(operator: string): string {
  return operator.replace(/[<>]/, (sign) => (sign === '<' ? '>' : '<'));
}

function nameIn(token: string | undefined): string | undefined {
  return token !== undefined && /^[a-z_]\w*(?:\.\w+)*$/i.test(token) ? token : undefined;
}
