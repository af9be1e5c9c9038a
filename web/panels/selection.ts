/** What is selected: who wrote it last and writes it next; of memory, who reads it, too. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { Found } from '../documents.js';
import { selectionName } from '../place.js';
import { counted, hex, visible } from '../text.js';

const DEEDS = [
  ['change backward', 'last write', 'Shift+W'],
  ['change forward', 'next write', 'W'],
  ['read backward', 'last read', 'Shift+R'],
  ['read forward', 'next read', 'R'],
] as const;

export function selectionPanel(app: App): TemplateResult {
  const { selection } = app.place;
  if (selection === undefined) {
    return html`<section class="panel selection" aria-label="Selection">
      <p class="hint">
        Click a register or a byte: who wrote it, who writes it next, and why it is what it is.
      </p>
    </section>`;
  }
  const deeds = app.deeds?.found;
  return html`<section class="panel selection" aria-label="Selection">
    <header>
      <h2><code>${selectionName(selection)}</code></h2>
      ${selection.kind === 'memory' ? sizes(app) : nothing}
      ${
        app.source.can('why')
          ? html`<button
              class="plain"
              title="Where this value comes from (Y)"
              @click=${() => {
                app.explainSelection();
              }}
            >
              why?
            </button>`
          : nothing
      }
      <button
        class="plain"
        title="Select nothing (Escape)"
        aria-label="Select nothing"
        @click=${() => {
          app.select(undefined);
        }}
      >
        ×
      </button>
    </header>
    <div class="deeds">
      ${DEEDS.filter(([name]) => deeds?.has(name) === true).map(([name, label, key]) =>
        deedRow(app, label, key, deeds?.get(name)),
      )}
    </div>
  </section>`;
}

function sizes(app: App): TemplateResult {
  const { selection } = app.place;
  return html`<span class="sizes" role="group" aria-label="Bytes"
    >${[1, 2, 4, 8].map(
      (length) =>
        html`<button
          class="plain"
          aria-pressed=${selection?.kind === 'memory' && selection.length === length ? 'true' : 'false'}
          aria-label=${`${String(length)} bytes`}
          title="Bytes that are selected"
          @click=${() => {
            if (selection?.kind === 'memory') app.select({ ...selection, length });
          }}
        >
          ${length}
        </button>`,
    )}</span
  >`;
}

function deedRow(
  app: App,
  label: string,
  key: string,
  found: Found | string | undefined,
): TemplateResult {
  if (found === undefined || typeof found === 'string' || found.step === null) {
    const words = found === undefined ? '…' : typeof found === 'string' ? visible(found) : 'none';
    return html`<p class="deed none"><span class="label">${label}</span> ${words}</p>`;
  }
  const { step, row } = found;
  return html`<button
    class="deed"
    data-deed=${label}
    title=${`Go there (${key})`}
    @click=${() => {
      app.go(step);
    }}
  >
    <span class="label">${label}</span><span class="step">${counted(step)}</span>
    ${
      row === null
        ? nothing
        : html`<span class="place">${visible(row.symbol ?? hex(row.address))}</span
            ><span class="code">${visible(row.text)}</span>`
    }
  </button>`;
}
