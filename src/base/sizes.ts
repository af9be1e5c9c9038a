import { inputError } from './errors.js';

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  K: 1024n,
  M: 1024n ** 2n,
  G: 1024n ** 3n,
  T: 1024n ** 4n,
};
const NUMBER = /^(0x[0-9a-f]+|[0-9]+)([kmgt]?)(?:i?b)?$/i;

function parse(text: string): bigint | undefined {
  const match = NUMBER.exec(text.trim());
  if (!match) return undefined;
  // A 'b' that ends a hexadecimal number is a digit: the first group is greedy.
  return BigInt(match[1]!) * UNITS[match[2]!.toUpperCase()]!;
}

/**
 * The bytes that a size such as `4096`, `0x1000`, `64K`, `16M`, `16MiB` or `2G` stands for; units
 * are powers of 1024. Throws a KvmtraceError naming `option` (`--memory`) for anything else, for
 * zero, and for what no machine has.
 */
export function parseSize(text: string, option: string): number {
  const size = parse(text);
  if (size === undefined) {
    throw inputError(
      `${option} ${JSON.stringify(text)} is not a size: give bytes or a unit, such as 4096, 0x1000, 64K, 16M or 2G.`,
    );
  }
  if (size === 0n)
    throw inputError(`${option} ${text} is no size: give a positive one, such as 16M.`);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw inputError(`${option} ${text} is more than any machine has: give a size such as 16M.`);
  }
  return Number(size);
}

/**
 * The address that `0x7c00`, `31744` or `1M` stands for. Throws a KvmtraceError naming `option`
 * (`--load`, `--entry`) for anything else, negative numbers and more than 64 bits.
 */
export function parseAddress(text: string, option: string): bigint {
  const address = parse(text);
  if (address === undefined) {
    throw inputError(
      `${option} ${JSON.stringify(text)} is not an address: give one such as 0x7c00, 31744 or 1M.`,
    );
  }
  if (address >= 1n << 64n) {
    throw inputError(
      `${option} ${text} does not fit into 64 bits: give an address such as 0x7c00.`,
    );
  }
  return address;
}

/** `64M`, `3G`, `100K`, or bytes where no unit divides them: for messages. */
export function formatSize(sizeBytes: number): string {
  for (const [unit, scale] of Object.entries(UNITS).reverse()) {
    if (sizeBytes >= Number(scale) && sizeBytes % Number(scale) === 0) {
      return unit === '' ? `${sizeBytes} bytes` : `${sizeBytes / Number(scale)}${unit}`;
    }
  }
  return `${sizeBytes} bytes`;
}
