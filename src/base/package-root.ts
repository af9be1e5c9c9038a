import { readFileSync } from 'node:fs';

/** The directory of package.json: three levels above dist/src/base. */
export const packageRoot = new URL('../../../', import.meta.url);

/** The version in package.json, written into every trace. */
export const toolVersion = (
  JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string }
).version;
