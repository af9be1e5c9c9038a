/** `00002000  48 65 6c 6c 6f 0a 00 00  00 00 00 00 00 00 00 00  |Hello...........|` */

const PER_LINE = 16;
const HALF = 8;
const MIN_ADDRESS_DIGITS = 8;

/** Lines of 16 bytes from `address` on; runs of equal lines are shown as `*`, as hexdump does. */
export function* hexdump(address: bigint, bytes: Uint8Array): Generator<string> {
  const last = address + BigInt(Math.max(0, bytes.length - 1));
  const digits = Math.max(MIN_ADDRESS_DIGITS, last.toString(16).length);
  let previous: string | undefined;
  let skipping = false;
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = dumpLine(bytes.subarray(at, at + PER_LINE));
    if (line === previous && at + PER_LINE < bytes.length) {
      if (!skipping) yield '*';
      skipping = true;
      continue;
    }
    skipping = false;
    previous = line;
    const lineAddress = BigInt.asUintN(64, address + BigInt(at));
    yield `${lineAddress.toString(16).padStart(digits, '0')}  ${line}`;
  }
}

function dumpLine(bytes: Uint8Array): string {
  const columns = Array.from({ length: PER_LINE }, (_, i) => {
    const gap = i === HALF ? ' ' : '';
    return gap + (bytes[i]?.toString(16).padStart(2, '0') ?? '  ');
  });
  const characters = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  );
  return `${columns.join(' ')}  |${characters.join('')}|`;
}
