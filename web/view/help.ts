/** The keys, over the page. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { KEYS } from '../keys.js';
import { mounted } from './directives.js';

const NAMES: Readonly<Record<string, string>> = {
  ArrowRight: '→',
  ArrowLeft: '←',
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
};

export function helpDialog(app: App): TemplateResult | typeof nothing {
  if (!app.helpOpen) return nothing;
  const close = (): void => {
    app.helpOpen = false;
    app.show();
  };
  const groups = [...new Set(KEYS.map(({ group }) => group))].filter(
    (group) => group !== 'Compared' || app.b !== undefined,
  );
  return html`<dialog
    aria-label="Keys"
    @close=${close}
    @click=${(event: Event) => {
      if (event.target === event.currentTarget) close();
    }}
    ${mounted((element) => {
      // It is not in the document before the picture is done.
      queueMicrotask(() => {
        (element as HTMLDialogElement).showModal();
      });
    })}
  >
    <header>
      <h2>Keys</h2>
      <button class="plain" aria-label="Close" @click=${close}>×</button>
    </header>
    <div class="key-groups">
      ${groups.map(
        (group) =>
          html`<section>
            <h3>${group}</h3>
            <dl>
              ${KEYS.filter((each) => each.group === group).map(
                ({ keys, what }) =>
                  html`<dt>${keys.map((each) => html`<kbd>${NAMES[each] ?? each}</kbd>`)}</dt>
                    <dd>${what}</dd>`,
              )}
            </dl>
          </section>`,
      )}
    </div>
    <p class="hint">
      In the timeline: the wheel zooms, Shift and the wheel or dragging pan, Alt and the wheel go to
      deeper calls, a click goes there, a double click zooms to a call.
    </p>
  </dialog>`;
}
