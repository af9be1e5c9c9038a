/**
 * speedscope's own importer, out of the application that its package ships: one script for browsers, in
 * which it is the function that one module exports under this name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import vm from 'node:vm';
import { packageRoot } from '../../src/base/package-root.js';

export interface ImportedFrame {
  readonly name: string;
  getSelfWeight(): number;
  getTotalWeight(): number;
}

export interface ImportedProfile {
  getName(): string;
  getTotalWeight(): number;
  forEachFrame(visit: (frame: ImportedFrame) => void): void;
}

type Import = (name: string, text: string) => Promise<{ profiles: ImportedProfile[] } | null>;

const EXPORTED = 'importProfileGroupFromText';

/** Imports a file by its name and contents as the page does when it is dropped there. */
export async function importProfile(name: string, text: string): Promise<ImportedProfile> {
  const group = await (await importer())(name, text);
  if (group === null) throw new Error(`speedscope knows no profile in ${name}`);
  return group.profiles[0]!;
}

/** Own and total weight of each frame by name. */
export function weights(
  profile: ImportedProfile,
): Map<string, readonly [own: number, total: number]> {
  const found = new Map<string, readonly [number, number]>();
  profile.forEachFrame((frame) => {
    found.set(frame.name, [frame.getSelfWeight(), frame.getTotalWeight()]);
  });
  return found;
}

let loaded: Promise<Import> | undefined;

function importer(): Promise<Import> {
  return (loaded ??= load());
}

async function load(): Promise<Import> {
  const folder = new URL('node_modules/speedscope/dist/release/', packageRoot);
  const script = readdirSync(folder).find((name) => /^speedscope-\w+\.js$/.test(name))!;
  let found: (() => Import) | undefined;
  const page = {
    ...{ TextDecoder, TextEncoder, URL, performance },
    console: { log: ignore, warn: ignore, error: ignore, assert: ignore },
    ...{ setTimeout: ignore, clearTimeout: ignore, requestAnimationFrame: ignore },
    ...{ addEventListener: ignore, matchMedia: () => ({ matches: false, addListener: ignore }) },
    ...{ document: anything(), localStorage: anything() },
    navigator: { userAgent: '', platform: '' },
    location: { hash: '', href: 'http://localhost/', protocol: 'http:' },
    onExport: (get: () => Import) => (found = get),
  };
  const context = vm.createContext(Object.assign(page, { window: page, self: page }));
  // Modules export by getters: this is how theirs is found, whatever the minifier calls it.
  vm.runInContext(
    `const define = Object.defineProperty;
     Object.defineProperty = (object, key, what) => {
       if (key === '${EXPORTED}') onExport(what.get);
       return define(object, key, what);
     };`,
    context,
  );
  try {
    vm.runInContext(readFileSync(new URL(script, folder), 'utf8'), context);
  } catch {
    // Drawing the page: there is none. By then the importer's module is on its way.
  }
  await setTimeout(10);
  if (found === undefined) throw new Error(`speedscope's script has no ${EXPORTED} any more`);
  return found();
}

function ignore(): void {
  // Nothing on a page that nobody sees.
}

/** An object that has every property, all of them like itself. */
function anything(): object {
  return new Proxy(ignore, {
    get: (_, key) => (key === 'then' ? undefined : anything()),
    apply: () => anything(),
    construct: () => anything(),
    set: () => true,
  });
}
