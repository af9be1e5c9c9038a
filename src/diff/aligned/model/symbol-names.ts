/** What compilers make of a function's name. */

/** `work.cold`, `work.cold.3`: the part of `work` that seldom runs; gives `work`. */
export function isColdPart(name: string): string | undefined {
  return /^(.+)\.cold(?:\.\d+)?$/.exec(name)?.[1];
}

/**
 * The name in the source of copies that were made for constant arguments (`work.constprop.0`),
 * with other parameters (`work.isra.0`) or of a part (`work.part.0`).
 */
export function sourceName(name: string): string {
  return name.replace(/(?:\.(?:constprop|isra|part|lto_priv|llvm)\.\d+)+$/, '');
}

/** `count.0`, as static variables of functions are called, gives `count`. */
export function sourceVariable(name: string): string {
  return sourceName(name).replace(/\.\d+$/, '');
}

/** `work.part.0`: what is left of `work` where callers do the rest themselves. */
export function isPart(name: string): boolean {
  return /\.part\.\d+/.test(name);
}
