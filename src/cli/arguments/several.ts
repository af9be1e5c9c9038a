/** An option that may be given several times, or with commas. */
export type Several = string | readonly string[] | undefined;

/** The words of all its occurrences, separated at commas; empty ones are left out. */
export function listOf(value: Several): string[] {
  if (value === undefined) return [];
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}
