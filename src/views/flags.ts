/** Bits of rflags by their names in the SDM (vol. 1, 3.4.3). IOPL is two bits, shown as a number. */
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0, 'CF'],
  [2, 'PF'],
  [4, 'AF'],
  [6, 'ZF'],
  [7, 'SF'],
  [8, 'TF'],
  [9, 'IF'],
  [10, 'DF'],
  [11, 'OF'],
  [14, 'NT'],
  [16, 'RF'],
  [17, 'VM'],
  [18, 'AC'],
  [19, 'VIF'],
  [20, 'VIP'],
  [21, 'ID'],
];
const IOPL_SHIFT = 12n;

/** `ZF PF`, with `IOPL=3` where it is not 0; empty if no flag is set. */
export function flagNames(rflags: bigint): string {
  const names = FLAGS.filter(([bit]) => isSet(rflags, bit)).map(([, name]) => name);
  const iopl = ioplOf(rflags);
  if (iopl !== 0n) names.push(`IOPL=${iopl.toString()}`);
  return names.join(' ');
}

/** `+ZF -CF`; empty if none of them changed. */
export function flagChanges(before: bigint, after: bigint): string {
  const changes = FLAGS.filter(([bit]) => isSet(before ^ after, bit)).map(
    ([bit, name]) => (isSet(after, bit) ? '+' : '-') + name,
  );
  if (ioplOf(before) !== ioplOf(after)) changes.push(`IOPL=${ioplOf(after).toString()}`);
  return changes.join(' ');
}

function isSet(value: bigint, bit: number): boolean {
  return ((value >> BigInt(bit)) & 1n) === 1n;
}

function ioplOf(rflags: bigint): bigint {
  return (rflags >> IOPL_SHIFT) & 3n;
}
