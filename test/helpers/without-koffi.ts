/** For node's --import: makes the native binding of KVM impossible to load, as where there is none. */
import { register } from 'node:module';

const HOOK = `export async function resolve(specifier, context, next) {
  if (specifier === 'koffi' || specifier.startsWith('koffi/')) throw new Error('koffi is out of reach');
  return next(specifier, context);
}`;

register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
