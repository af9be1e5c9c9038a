/** An option that may be given several times, or with commas. */
export type Several = string | readonly string[] | undefined;

export function listOf(value: Several): string[] {
  if (value === undefined) return [];
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}
