/** The colours of a report: each takes a text and returns it painted, or as it was. */
export interface Paints {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly change: (text: string) => string;
}
