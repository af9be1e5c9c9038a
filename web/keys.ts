/** Every key and what it does: the help shows this table, and the keyboard goes by it. */
import type { App } from './app.js';
import type { Listing } from './panels/listing.js';
import type { Timeline } from './timeline/timeline.js';

/** What keys act on. */
export interface Keyboard {
  readonly app: App;
  /** The one that pages are turned in. */
  readonly listing: Listing;
  readonly timeline: Timeline | undefined;
  focusSearch(): void;
  focusPosition(): void;
  focusMemory(): void;
}

export interface Key {
  /** As KeyboardEvent.key; with `Shift+` where that does not show in it. */
  readonly keys: readonly string[];
  readonly what: string;
  readonly group: 'Move' | 'Selection' | 'Timeline' | 'Page' | 'Compared';
  run(keyboard: Keyboard): void;
}

const key = (group: Key['group'], keys: string, what: string, run: Key['run']): Key => ({
  ...{ group, what, run },
  keys: keys.split(' '),
});

export const KEYS: readonly Key[] = [
  key('Move', 'ArrowRight ArrowDown n', 'next step', ({ app }) => {
    app.step(1);
  }),
  key('Move', 'ArrowLeft ArrowUp p', 'previous step', ({ app }) => {
    app.step(-1);
  }),
  key('Move', 'PageDown', 'a page on', ({ app, listing }) => {
    app.step(listing.rows - 2);
  }),
  key('Move', 'PageUp', 'a page back', ({ app, listing }) => {
    app.step(2 - listing.rows);
  }),
  key('Move', 'Home', 'the first state', ({ app }) => {
    app.go(app.first);
  }),
  key('Move', 'End', 'the last state', ({ app }) => {
    app.go(app.steps);
  }),
  key('Move', 'o', 'over a call', ({ app }) => {
    void app.over('forward');
  }),
  key('Move', 'O', 'back over a call', ({ app }) => {
    void app.over('backward');
  }),
  key('Move', 'u', 'out of this call', ({ app }) => {
    void app.out('forward');
  }),
  key('Move', 'U', 'back to where it was called', ({ app }) => {
    void app.out('backward');
  }),
  key('Move', 'e', 'next execution of this instruction', ({ app }) => {
    void app.goToExecution('forward');
  }),
  key('Move', 'E', 'previous execution', ({ app }) => {
    void app.goToExecution('backward');
  }),
  key('Move', 'i', 'next interrupt or exception', ({ app }) => {
    void app.goToInterruption('forward');
  }),
  key('Move', 'I', 'previous interrupt or exception', ({ app }) => {
    void app.goToInterruption('backward');
  }),
  key('Compared', 'd', 'next difference', ({ app }) => {
    app.goToDifference('forward');
  }),
  key('Compared', 'D', 'previous difference', ({ app }) => {
    app.goToDifference('backward');
  }),
  key('Compared', 's', 'move both together, or one', ({ app }) => {
    app.toggleInStep();
  }),
  key('Move', 'm', 'set or remove a bookmark', ({ app }) => {
    app.toggleMark();
  }),
  key('Move', 'b', 'next bookmark', ({ app }) => {
    app.goToMark('forward');
  }),
  key('Move', 'B', 'previous bookmark', ({ app }) => {
    app.goToMark('backward');
  }),
  key('Selection', 'w', 'next write of the selection', ({ app }) => {
    void app.goToDeed('change', 'forward');
  }),
  key('Selection', 'W', 'last write of the selection', ({ app }) => {
    void app.goToDeed('change', 'backward');
  }),
  key('Selection', 'r', 'next read of the selected memory', ({ app }) => {
    void app.goToDeed('read', 'forward');
  }),
  key('Selection', 'R', 'last read of the selected memory', ({ app }) => {
    void app.goToDeed('read', 'backward');
  }),
  key('Selection', 'y', 'why the selection has its value', ({ app }) => {
    app.explainSelection();
  }),
  key('Selection', 'Escape', 'select nothing', ({ app }) => {
    app.select(undefined);
  }),
  key('Timeline', '+ =', 'zoom in', ({ timeline }) => {
    timeline?.zoom('in');
  }),
  key('Timeline', '-', 'zoom out', ({ timeline }) => {
    timeline?.zoom('out');
  }),
  key('Timeline', '[', 'pan left', ({ timeline }) => {
    timeline?.pan(-0.25);
  }),
  key('Timeline', ']', 'pan right', ({ timeline }) => {
    timeline?.pan(0.25);
  }),
  key('Timeline', '0', 'all steps', ({ timeline }) => {
    timeline?.showAll();
  }),
  key('Timeline', 'f', 'this call', ({ timeline }) => {
    void timeline?.showCall();
  }),
  key('Page', '/', 'search', (keyboard) => {
    keyboard.focusSearch();
  }),
  key('Page', 'g', 'go to a step', (keyboard) => {
    keyboard.focusPosition();
  }),
  key('Page', 'a', 'address of the memory pane', (keyboard) => {
    keyboard.focusMemory();
  }),
  key(
    'Page',
    '1 2 3 4 5 6 7 8',
    'console, why, search, SQL, functions, bookmarks, screen, trace',
    () => undefined,
  ),
  key('Page', 't', 'dark or light', ({ app }) => {
    app.setTheme(app.theme === 'dark' ? 'light' : 'dark');
  }),
  key('Page', '?', 'these keys', ({ app }) => {
    app.helpOpen = !app.helpOpen;
    app.show();
  }),
];

/** Does what a key stands for; false where it is none of ours. */
export function pressKey(
  event: KeyboardEvent,
  keyboard: Keyboard,
  tabs: readonly (() => void)[],
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as HTMLElement;
  const isTyping = target.matches('input, textarea, select');
  if (isTyping) {
    if (event.key !== 'Escape') return false;
    target.blur();
    return true;
  }
  // What has the focus keeps the keys that press it.
  if (target.matches('button, a, [role="tab"]') && (event.key === 'Enter' || event.key === ' '))
    return false;
  const tab = /^[1-8]$/.test(event.key) ? tabs[Number(event.key) - 1] : undefined;
  if (tab !== undefined) {
    tab();
    return true;
  }
  const found = KEYS.find(({ keys }) => keys.includes(event.key));
  if (found === undefined) return false;
  found.run(keyboard);
  return true;
}
