/**
 * What compilers make of the names of C++ and Rust, in the words of their source: `foo::bar(int)` for
 * `_ZN3foo3barEi`. By gecko-profiler-demangle, WebAssembly that was made for bundlers: it is loaded here
 * as wasm-bindgen would, when the first such name comes.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The part that is used here of what Node has but its types leave to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
};

/** What its glue, index_bg.js, calls. */
interface Demangler {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Pointer and length of a name in memory give those of another, which is the caller's to free. */
  readonly demangle_any: (pointer: number, length: number) => [pointer: number, length: number];
  readonly __wbindgen_malloc: (size: number, align: number) => number;
  readonly __wbindgen_free: (pointer: number, size: number, align: number) => void;
}

const PACKAGE_FILE = 'gecko-profiler-demangle/index_bg.wasm';
/** Itanium C++ ABI, and Rust since 2018. */
const MANGLED = /^_[ZR]./;
/** What refers back to a type that the name has already. */
const REFERENCE = /S[0-9A-Z]*_|T\d*_/g;
/** A name unfolds to twice its length with two of them: more of them could fill the memory. */
const MAX_REFERENCES = 32;
/** Names that are kept; more than a guest has functions. */
const MAX_KEPT = 65_536;
/** How c++filt writes what the package writes otherwise. */
const SPECIAL: readonly (readonly [RegExp, string])[] = [
  [/^\{vtable\((.*)\)\}$/, 'vtable for $1'],
  [/^\{vtt\((.*)\)\}$/, 'VTT for $1'],
  [/^\{virtual override thunk\(\{offset\([^)]*\)\}, (.*)\)\}$/, 'non-virtual thunk to $1'],
  [/^\{virtual override thunk\(\{virtual offset\([^)]*\)\}, (.*)\)\}$/, 'virtual thunk to $1'],
];

let demangler: Demangler | undefined;
let isShown = true;
const kept = new Map<string, string>();

/** Whether `displayName` demangles: a choice of whoever runs the process, as colours are. */
export function showDemangled(shown: boolean): void {
  isShown = shown;
}

/** A symbol's name as it is shown to people. */
export function displayName(name: string): string {
  return isShown ? demangle(name) : name;
}

/** The name in the source; the name itself where it is of no such kind. */
export function demangle(name: string): string {
  if (!MANGLED.test(name)) return name;
  let found = kept.get(name);
  if (found === undefined) {
    found = demangled(name);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(name, found);
  }
  return found;
}

/** `foo::bar` of `foo::bar(int) const`; operators and lambdas have parentheses in their names. */
export function withoutParameters(name: string): string {
  const rest = /^(?<base>.+?)\([^()]*(?:\([^()]*\)[^()]*)*\)(?: const| volatile| &&?)*$/.exec(name);
  return rest?.groups?.['base'] ?? name;
}

function demangled(name: string): string {
  if ((name.match(REFERENCE)?.length ?? 0) > MAX_REFERENCES) return name;
  demangler ??= load();
  let found: string;
  try {
    found = call(demangler, name);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    // It ran out of stack or memory, and may not be used again.
    demangler = undefined;
    return name;
  }
  // What it does not know it gives back without the underscore.
  if (found === name.slice(1)) return name;
  const special = SPECIAL.find(([pattern]) => pattern.test(found));
  return special === undefined ? found : found.replace(...special);
}

function call(wasm: Demangler, name: string): string {
  const bytes = Buffer.from(name);
  const at = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(wasm.memory.buffer).set(bytes, at);
  const [start, length] = wasm.demangle_any(at, bytes.length);
  const found = Buffer.from(wasm.memory.buffer, start >>> 0, length).toString('utf8');
  wasm.__wbindgen_free(start, length, 1);
  return found;
}

function load(): Demangler {
  const code = readFileSync(createRequire(import.meta.url).resolve(PACKAGE_FILE));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), {
    // For JavaScript objects in WebAssembly: there are none here.
    './index_bg.js': { __wbindgen_init_externref_table: () => undefined },
  });
  return exports as Demangler;
}
