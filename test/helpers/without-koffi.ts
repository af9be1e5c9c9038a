/** For node's --import: makes the native binding of KVM impossible to load, as where there is none. */
import Module, { register } from 'node:module';

const HOOK = `export async function resolve(specifier, context, next) {
  if (specifier === 'koffi' || specifier.startsWith('koffi/')) throw new Error('koffi is out of reach');
  return next(specifier, context);
}`;

register(`data:text/javascript,${encodeURIComponent(HOOK)}`);

/** The same for `require`, which Node resolves elsewhere. */
const internal = Module as unknown as {
  _resolveFilename: (name: string, ...rest: unknown[]) => string;
};
const resolve = internal._resolveFilename;
internal._resolveFilename = (name, ...rest) => {
  if (name === 'koffi' || name.startsWith('koffi/')) throw new Error('koffi is out of reach');
  return resolve(name, ...rest);
};
