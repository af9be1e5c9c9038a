/** The tabs at the bottom. */
import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { Name } from '../ask.js';
import { consolePanel } from '../panels/console.js';
import { functionsPanel, marksPanel, tracePanel } from '../panels/lists.js';
import { screenPanel } from '../panels/screen.js';
import { searchPanel } from '../panels/search.js';
import { sqlPanel } from '../panels/sql.js';
import { whyPanel } from '../panels/why.js';
import type { Tab } from '../place.js';

interface TabView {
  readonly tab: Tab;
  readonly title: string;
  /** The question without whose answers there is nothing to show. */
  readonly needs: Name;
  view(app: App): TemplateResult;
}

const TABS: readonly TabView[] = [
  { tab: 'console', title: 'Console', needs: 'console', view: consolePanel },
  { tab: 'why', title: 'Why', needs: 'why', view: whyPanel },
  { tab: 'search', title: 'Search', needs: 'search', view: searchPanel },
  { tab: 'sql', title: 'SQL', needs: 'sql', view: sqlPanel },
  { tab: 'functions', title: 'Functions', needs: 'functions', view: functionsPanel },
  { tab: 'marks', title: 'Bookmarks', needs: 'steps', view: marksPanel },
  { tab: 'screen', title: 'Screen', needs: 'screen', view: screenPanel },
  { tab: 'trace', title: 'Trace', needs: 'about', view: tracePanel },
];

/** The tabs that this source has something for, in the order of their keys. */
export function tabsOf(app: App): readonly TabView[] {
  return TABS.filter(({ needs }) => app.source.can(needs));
}

export function dock(app: App): TemplateResult {
  const tabs = tabsOf(app);
  const open = tabs.find(({ tab }) => tab === app.place.tab) ?? tabs[0]!;
  return html`<section class="panel dock" aria-label="More">
    <div
      class="tabs"
      role="tablist"
      aria-label="More"
      @keydown=${(event: KeyboardEvent) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by === undefined) return;
        event.stopPropagation();
        event.preventDefault();
        const next = tabs[(tabs.indexOf(open) + by + tabs.length) % tabs.length]!;
        app.openTab(next.tab);
        document.getElementById(`tab-${next.tab}`)?.focus();
      }}
    >
      ${tabs.map(
        ({ tab, title }, i) =>
          html`<button
            role="tab"
            id=${`tab-${tab}`}
            aria-controls="tab-panel"
            aria-selected=${tab === open.tab ? 'true' : 'false'}
            tabindex=${tab === open.tab ? '0' : '-1'}
            title=${`${title} (${String(i + 1)})`}
            @click=${() => {
              app.openTab(tab);
            }}
          >
            ${title}
          </button>`,
      )}
    </div>
    <div
      class="tab-panel"
      id="tab-panel"
      role="tabpanel"
      tabindex="0"
      aria-labelledby=${`tab-${open.tab}`}
    >
      ${open.view(app)}
    </div>
  </section>`;
}
