/** Control characters (C0, DEL, C1) and those that reorder text. */
// eslint-disable-next-line no-control-regex -- these are what it is for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from a trace or a command line, safe to show: names in an untrusted file must not move the
 * cursor or change the terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    switch (character) {
      case '\n':
        return String.raw`\n`;
      case '\t':
        return String.raw`\t`;
      default:
        return code < 0x100
          ? `\\x${code.toString(16).padStart(2, '0')}`
          : `\\u${code.toString(16).padStart(4, '0')}`;
    }
  });
}
