/** A step that one can go to. */
import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { counted } from '../text.js';

export function stepLink(app: App, step: number, text = counted(step)): TemplateResult {
  return html`<a
    class="step-link"
    href="#at=${step}"
    @click=${(event: MouseEvent) => {
      // With a modifier the browser opens it elsewhere, as a link of its own.
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      app.go(step);
    }}
    >${text}</a
  >`;
}
