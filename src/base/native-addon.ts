/** Addons of npm packages, which npm builds or fetches for the Node that installs them. */
import { KvmtraceError, machineError } from './errors.js';

/** An addon of another Node (ABI), for another libc or processor, or one that was never built. */
const NOT_LOADED = new Set(['ERR_DLOPEN_FAILED', 'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);
/** Of the package `bindings`, and of koffi, whose errors have no code. */
const NOT_FOUND = /Could not locate the bindings file|Cannot find the native \w+ module/i;

/**
 * Calls into a package that loads its addon when it is first used.
 *
 * @param name of the package
 * @throws KvmtraceError (exit code 3) with the way out, where the addon cannot be loaded
 */
export function withAddon<T>(name: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof KvmtraceError || !isAddonError(error)) throw error;
    const why = /NODE_MODULE_VERSION/.test(error.message)
      ? `was installed by another Node than this one, ${process.version}`
      : `cannot be loaded by Node ${process.version} on ${process.arch}`;
    throw machineError(
      `The addon of the package ${name} ${why}: run npm rebuild ${name} in kvmtrace's directory, with the Node that is to run it.`,
      error,
    );
  }
}

function isAddonError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  return NOT_LOADED.has(code) || NOT_FOUND.test(error.message);
}
