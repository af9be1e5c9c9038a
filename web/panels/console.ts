/** What the guest has printed so far; each character knows the step that wrote it. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { visible } from '../text.js';

export function consolePanel(app: App): TemplateResult {
  app.a.askConsole();
  const { value, problem } = app.a.console;
  if (problem !== undefined) return html`<p class="problem" role="alert">${visible(problem)}</p>`;
  if (value === undefined) return html``;
  if (value.pieces.length === 0) {
    return html`<p class="hint">The guest has printed nothing before this step.</p>`;
  }
  return html`<pre
    class="console"
    tabindex="0"
    aria-label="Console output up to this step"
    title="Click a character to go to the step that wrote it"
    @click=${(event: MouseEvent) => {
      const step = (event.target as HTMLElement).dataset['step'];
      if (step !== undefined) app.go(Number(step));
    }}
  >${
    value.cut ? html`<span class="hint">… earlier output is left out … </span>` : nothing
  }${value.pieces.map(({ step, text }) => html`<span data-step=${step}>${visible(text.replaceAll('\r', ''))}</span>`)}<span class="cursor"></span></pre>`;
}
