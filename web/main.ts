/** The page: asks what the trace is, then shows it. */
import { html, nothing, render, type TemplateResult } from 'lit-html';
import { App } from './app.js';
import { ServerSource, type Source } from './ask.js';
import { embeddedWindow, WindowSource } from './window-source.js';
import { DiffView } from './diff/view.js';
import { pressKey, type Keyboard } from './keys.js';
import { Listing } from './panels/listing.js';
import { MemoryPanel } from './panels/memory.js';
import { registersPanel } from './panels/registers.js';
import { selectionPanel } from './panels/selection.js';
import { stackPanel } from './panels/stack.js';
import { visible } from './text.js';
import { startTheme } from './theme.js';
import { Timeline } from './timeline/timeline.js';
import { dock, tabsOf } from './view/dock.js';
import { helpDialog } from './view/help.js';
import { toolbar } from './view/toolbar.js';

const root = document.getElementById('app')!;

async function start(source: Source): Promise<void> {
  const theme = startTheme();
  let about;
  try {
    about = await source.ask('a', 'about', {});
  } catch (error) {
    root.textContent = visible((error as Error).message);
    return;
  }
  root.replaceChildren();
  document.title = `${visible(about.trace.name)} – kvmtrace`;
  const diff = about.comparing ? new DiffView() : undefined;
  const listing = diff?.listingA ?? new Listing();
  const memory = new MemoryPanel();
  const app = new App(source, about, theme, () => {
    const begun = performance.now();
    render(diff?.view(app) ?? traceView(app, listing, memory, timeline), root);
    timeline?.draw();
    // How long it took, for bench/ui.ts.
    const detail = performance.now() - begun;
    document.dispatchEvent(new CustomEvent('kvmtrace-frame', { detail }));
  });
  const timeline = source.can('calls') && diff === undefined ? new Timeline(app) : undefined;
  addEventListener('popstate', () => {
    app.readUrl();
  });
  addEventListener('hashchange', () => {
    app.readUrl();
  });
  const focus = (selector: string) => (): void => {
    const input = document.querySelector<HTMLInputElement>(selector);
    input?.focus();
    input?.select();
  };
  const keyboard: Keyboard = {
    ...{ app, listing, timeline },
    focusSearch: focus('#search'),
    focusPosition: focus('#position'),
    focusMemory: focus('.place-input'),
  };
  addEventListener('keydown', (event) => {
    const tabs = tabsOf(app).map(({ tab }) => () => {
      app.openTab(tab);
    });
    if (pressKey(event, keyboard, tabs)) event.preventDefault();
  });
}

function traceView(
  app: App,
  listing: Listing,
  memory: MemoryPanel,
  timeline: Timeline | undefined,
): TemplateResult {
  return html`${toolbar(app)}
    <main class="trace">
      ${timeline === undefined ? nothing : timeline.view()}
      <section class="panel main-listing" aria-label="Listing">
        ${listing.view({
          session: app.a,
          label: 'Steps',
          marks: app.place.marks,
          go: (at) => {
            app.go(at);
          },
          toggleMark: (step) => {
            app.toggleMark(step);
          },
          show: () => {
            app.show();
          },
        })}
      </section>
      <div class="side">${registersPanel(app)} ${selectionPanel(app)} ${memory.view(app)}</div>
      <div class="bottom">${app.source.can('stack') ? stackPanel(app) : nothing} ${dock(app)}</div>
    </main>
    <p class=${`notice${app.notice === '' ? '' : ' shown'}`} role="status" aria-live="polite">
      ${visible(app.notice)}
    </p>
    ${helpDialog(app)}`;
}

const embedded = await embeddedWindow();
void start(embedded === undefined ? new ServerSource() : new WindowSource(embedded));
