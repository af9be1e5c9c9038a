/** The text screen of a VGA card. */
import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { visible } from '../text.js';
import { styled } from '../view/directives.js';

/** The sixteen colours of text modes. */
const COLORS = [
  '#000000', '#0000aa', '#00aa00', '#00aaaa', '#aa0000', '#aa00aa', '#aa5500', '#aaaaaa',
  '#555555', '#5555ff', '#55ff55', '#55ffff', '#ff5555', '#ff55ff', '#ffff55', '#ffffff',
]; // prettier-ignore
/** Characters 0 to 31 and 127 to 255 of code page 437. */
const LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const HIGH =
  '⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

export function screenPanel(app: App): TemplateResult {
  app.a.askScreen();
  const { value, problem } = app.a.screen;
  if (problem !== undefined) return html`<p class="problem" role="alert">${visible(problem)}</p>`;
  if (value === undefined) return html``;
  if (value.screen === null) {
    return html`<p class="hint">
      Nothing has been written to the text screen (0xb8000) before this step.
    </p>`;
  }
  const { columns, rows, characters, attributes } = value.screen;
  const byte = (text: string, i: number): number => parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return html`<div class="screen" role="img" aria-label="Text screen of the guest">
    ${Array.from({ length: rows }, (_, row) => {
      const runs: { attribute: number; text: string }[] = [];
      for (let i = row * columns; i < (row + 1) * columns; i++) {
        const attribute = byte(attributes, i);
        const last = runs.at(-1);
        const character = glyph(byte(characters, i));
        if (last?.attribute === attribute) last.text += character;
        else runs.push({ attribute, text: character });
      }
      return html`<div>
        ${runs.map(({ attribute, text }) => html`<span ${styled({ color: COLORS[attribute & 15]!, 'background-color': COLORS[(attribute >> 4) & 7]! })}>${text}</span>`)}
      </div>`;
    })}
  </div>`;
}

function glyph(code: number): string {
  if (code < 0x20) return LOW[code]!;
  return code < 0x7f ? String.fromCharCode(code) : HIGH[code - 0x7f]!;
}
