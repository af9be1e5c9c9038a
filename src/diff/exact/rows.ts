/** A divergence as rows of a table: what, its value in a, its value in b. */
import { asCharacter, bytesText, hex } from '../../base/number-text.js';
import type { Pair } from '../side.js';
import type { Difference } from './result.js';

/** A row: a thing and its value on either side. */
export interface ValueRow {
  readonly label: string;
  readonly a: string;
  readonly b: string;
  readonly differs: boolean;
}

/** Registers that are shown beside those that differ, for orientation. */
const GENERAL = 17;

/** A difference as a row. */
export function differenceRow(difference: Difference, pair: Pair): ValueRow {
  const row = (label: string, a: string, b: string): ValueRow => ({ label, a, b, differs: true });
  switch (difference.kind) {
    case 'register': {
      const text = (value: bigint | undefined): string =>
        value === undefined
          ? '-'
          : difference.name === 'rflags'
            ? `${hex(value)} ${flagNames(value)}`.trim()
            : hex(value);
      return row(difference.name, text(difference.a), text(difference.b));
    }
    case 'memory':
      return row(
        `[${hex(difference.gpa)}]`,
        bytesText(difference.a, 8),
        bytesText(difference.b, 8),
      );
    case 'port':
    case 'mmio': {
      const { kind, direction, address } = difference;
      const data = (bytes: Uint8Array | undefined): string =>
        bytes === undefined ? '-' : bytesText(bytes, 8) + asCharacter(bytes);
      const label =
        kind === 'port' ? `${direction} ${hex(address)}` : `mmio ${direction} ${hex(address)}`;
      return row(label, data(difference.a), data(difference.b));
    }
    case 'interruption':
      return row('interrupt', difference.a ?? '-', difference.b ?? '-');
    case 'input': {
      const { input, a, b } = difference;
      return row(`input ${input}`, a === undefined ? '-' : hex(a), b === undefined ? '-' : hex(b));
    }
    case 'code':
      return row('code', difference.a, difference.b);
    case 'end':
      return row('the trace', difference.a, difference.b);
    case 'control': {
      const { a, b } = difference;
      return row(
        'goes on at',
        a === undefined ? 'the trace ends' : pair.a.place(a),
        b === undefined ? 'the trace ends' : pair.b.place(b),
      );
    }
  }
}

/** The general registers after the step, those that differ marked. */
export function registerRows(pair: Pair, stepA: number, stepB: number): ValueRow[] {
  const values = (side: Pair['a'], step: number): ReadonlyMap<string, bigint> =>
    new Map(
      side.file.registers.values(step + 1, 0, GENERAL).map(({ name, value }) => [name, value]),
    );
  const a = values(pair.a, stepA);
  const b = values(pair.b, stepB);
  return [...a].flatMap(([name, value]) => {
    const other = b.get(name);
    if (other === undefined) return [];
    return [{ label: name, a: hex(value), b: hex(other), differs: value !== other }];
  });
}

const FLAGS = new Map([
  [0, 'CF'], [2, 'PF'], [4, 'AF'], [6, 'ZF'], [7, 'SF'], [8, 'TF'], [9, 'IF'], [10, 'DF'], [11, 'OF'],
]); // prettier-ignore

function flagNames(value: bigint): string {
  return [...FLAGS]
    .flatMap(([bit, name]) => (((value >> BigInt(bit)) & 1n) === 1n ? [name] : []))
    .join(' ');
}
