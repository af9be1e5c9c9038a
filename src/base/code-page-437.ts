/** Code page 437, the characters of a PC's text screen. */

/** From 0x80 on. */
const HIGH =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
/** What a screen shows for 0 to 0x1f, which are control characters elsewhere; 0 is empty. */
const LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const DELETE = 0x7f;
const HOUSE = '⌂';

/** The character of a byte of text: control characters stay what they are. */
export function decode437(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : HIGH[byte - 0x80]!;
}

/** The character that a screen shows for a byte. */
export function glyph437(byte: number): string {
  if (byte === DELETE) return HOUSE;
  return byte < 0x20 ? LOW[byte]! : decode437(byte);
}
