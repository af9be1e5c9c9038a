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
  const { columns, lines, attributes } = value.screen;
  return html`<div class="screen" role="img" aria-label="Text screen of the guest">
    ${lines.map((line, row) => {
      const characters = Array.from(line.padEnd(columns));
      const runs: { attribute: number; text: string }[] = [];
      for (const [column, character] of characters.entries()) {
        const attribute = attributes[row]?.[column] ?? 0;
        const last = runs.at(-1);
        if (last?.attribute === attribute) last.text += character;
        else runs.push({ attribute, text: character });
      }
      return html`<div>
        ${runs.map(({ attribute, text }) => html`<span ${styled(colors(attribute))}>${visible(text)}</span>`)}
      </div>`;
    })}
  </div>`;
}

/** Background in the upper half, whose highest bit is to blink; foreground in the lower. */
function colors(attribute: number): Readonly<Record<string, string>> {
  return { color: COLORS[attribute & 15]!, 'background-color': COLORS[(attribute >> 4) & 7]! };
}
