/**
 * Machine code with its assembly beside it: each line is hexadecimal bytes, two spaces or more,
 * and the text, which is for the reader only.
 *
 *     code`f4        hlt
 *          eb fe     jmp $`
 */
export function code(strings: TemplateStringsArray): Uint8Array {
  const bytes = strings
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => line.split(/\s{2,}/)[0]!.split(' '));
  const wrong = bytes.find((byte) => !/^[0-9a-f]{2}$/.test(byte));
  if (wrong !== undefined) throw new Error(`'${wrong}' is no byte`);
  return Uint8Array.from(bytes, (byte) => parseInt(byte, 16));
}
