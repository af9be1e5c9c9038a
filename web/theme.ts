/** Dark or light: as the system is set, until the user chooses. */

export type Theme = 'dark' | 'light';

const KEY = 'kvmtrace-theme';

/** The theme to begin with; the page gets it. */
export function startTheme(): Theme {
  let theme: Theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'dark' || kept === 'light') theme = kept;
  } catch {
    // A file that is opened from disk may keep nothing.
  }
  document.documentElement.dataset['theme'] = theme;
  return theme;
}

export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds until the page is closed.
  }
}

/** A colour of the page's, for canvases. */
export function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
