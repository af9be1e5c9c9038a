/** What the text in the search box may mean. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { counted, visible } from '../text.js';
import { lateNote } from './stack.js';

export function searchPanel(app: App): TemplateResult {
  const { value, problem, busy } = app.search;
  if (app.searchText.trim() === '') {
    return html`<p class="hint">
      Search (/) for a step (1200, -1), the third execution of a place (main:3), a symbol, an
      instruction (mov cr3), a source line (sort.c:12), or what the guest printed.
    </p>`;
  }
  if (problem !== undefined) return html`<p class="problem" role="alert">${visible(problem)}</p>`;
  if (value === undefined || busy) return html`<p class="hint" role="status">${lateNote(app)}</p>`;
  if (value.hits.length === 0)
    return html`<p class="hint">Nothing is found for “${app.searchText}”.</p>`;
  return html`<ul class="hits" aria-label="Search results">
    ${value.hits.map(
      ({ kind, step, title, detail }) =>
        html`<li>
          <button
            class="hit"
            @click=${() => {
              app.go(step);
            }}
          >
            <span class="kind">${kind}</span><span class="step">${counted(step)}</span
            ><span class="code">${visible(title)}</span
            ><span class="hint">${detail === '' ? nothing : visible(detail)}</span>
          </button>
        </li>`,
    )}
  </ul>`;
}
