/** The top: which trace this is, where one is in it, and the ways to go elsewhere. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { counted, hex, sourceText, visible } from '../text.js';

export function toolbar(app: App): TemplateResult {
  const { trace } = app.about;
  const state = app.a.state.value;
  const source = sourceText(state?.source);
  return html`<header class="toolbar">
    <h1 title=${visible(trace.path)}><span class="brand">kvmtrace</span> ${visible(trace.name)}</h1>
    <nav aria-label="Steps">
      ${[
        [
          '«',
          'First state (Home)',
          () => {
            app.go(app.first);
          },
        ],
        [
          '⤺',
          'Back over a call (Shift+O)',
          () => {
            void app.over('backward');
          },
        ],
        [
          '‹',
          'Previous step (←)',
          () => {
            app.step(-1);
          },
        ],
        [
          '›',
          'Next step (→)',
          () => {
            app.step(1);
          },
        ],
        [
          '⤼',
          'Over a call (O)',
          () => {
            void app.over('forward');
          },
        ],
        [
          '»',
          'Last state (End)',
          () => {
            app.go(app.steps);
          },
        ],
      ].map(
        ([sign, title, run]) =>
          html`<button
            title=${title as string}
            aria-label=${title as string}
            @click=${run as () => void}
          >
            ${sign as string}
          </button>`,
      )}
    </nav>
    <label class="position"
      >step
      <input
        id="position"
        inputmode="numeric"
        aria-label="Step"
        title="A step (1200, -1) or a place (main:3): Enter goes there (G)"
        spellcheck="false"
        .value=${String(app.a.at)}
        @change=${(event: Event) => {
          goTo(app, event.target as HTMLInputElement);
        }}
      />
      <span class="of">of ${counted(app.steps)}</span></label
    >
    <output class="where" title=${source}
      >${state === undefined ? nothing : visible(state.symbol ?? (state.rip === null ? '' : hex(state.rip)))}
      <span class="hint">${source}</span></output
    >
    <form
      role="search"
      @submit=${(event: Event) => {
        event.preventDefault();
        app.find((document.getElementById('search') as HTMLInputElement).value);
      }}
    >
      <input
        id="search"
        type="search"
        aria-label="Search"
        placeholder="Search: symbol, code, output  ( / )"
        spellcheck="false"
        .value=${app.searchText}
        ?disabled=${!app.source.can('search')}
      />
    </form>
    <button
      title="Dark or light (T)"
      aria-label="Dark or light"
      @click=${() => {
        app.setTheme(app.theme === 'dark' ? 'light' : 'dark');
      }}
    >
      ${app.theme === 'dark' ? '☀' : '☾'}
    </button>
    <button
      title="Keys (?)"
      aria-label="Keys"
      @click=${() => {
        app.helpOpen = !app.helpOpen;
        app.show();
      }}
    >
      ?
    </button>
  </header>`;
}

/** A number is a step at once; what else it may be the search knows. */
function goTo(app: App, input: HTMLInputElement): void {
  const text = input.value.replaceAll(',', '').trim();
  const step = /^-?\d+$/.test(text) ? Number(text) : undefined;
  input.value = String(app.a.at);
  if (step !== undefined) app.go(step < 0 ? app.steps + 1 + step : step);
  else {
    app.source
      .ask('a', 'search', { at: app.a.at, text })
      .then(({ hits }) => {
        const [first] = hits;
        if (first === undefined) app.say(`there is no step or place “${text}”.`);
        else app.go(first.step);
      })
      .catch((error: unknown) => {
        app.say((error as Error).message);
      });
  }
}
