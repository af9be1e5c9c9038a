/**
 * The volume that the guest sees: a host directory, read as it is, with what the guest writes kept
 * beside it in memory. Nothing on the host changes.
 */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail } from '../../uefi/status.js';

/** Attributes of a file, as bits. */
export const FileAttribute = { readOnly: 1, directory: 0x10, archive: 0x20 } as const;

/** A file or directory: names as the host has them, compared without regard to case as FAT does. */
export interface VolumeEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
}

/** What the volume shows. */
export interface VolumeOptions {
  /** Host directory, or undefined for a volume that holds the program alone. */
  readonly root: string | undefined;
  /** The program's file and its path on the volume, where `root` does not have it. */
  readonly program: { readonly hostPath: string; readonly path: string };
}

/** A file that the guest wrote: base64, `undefined` where it deleted it. */
type Written = readonly [path: string, contents: string | null];

/** A path without its leading backslash, `.` and `..` resolved; '' is the root. */
export function normalize(directory: string, path: string): string {
  const parts = path.startsWith('\\') ? [] : directory.split('\\').filter((part) => part !== '');
  for (const part of path.split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('\\');
}

/** The volume; paths on it have backslashes and do not tell upper from lower case. */
export class Volume {
  readonly #options: VolumeOptions;
  /** Files of the host that were read, as they were then: by their paths there. */
  readonly #read = new Map<string, Uint8Array>();
  /** By lower-case path. Directories that the guest made are those with `isDirectory`. */
  #written = new Map<
    string,
    { path: string; contents: Uint8Array | undefined; isDirectory: boolean }
  >();

  constructor(options: VolumeOptions) {
    this.#options = options;
  }

  get options(): VolumeOptions {
    return this.#options;
  }

  /** What is at a path; undefined where there is nothing. */
  find(path: string): VolumeEntry | undefined {
    if (path === '') return { name: '', isDirectory: true, sizeBytes: 0 };
    const written = this.#written.get(path.toLowerCase());
    const name = path.slice(path.lastIndexOf('\\') + 1);
    if (written !== undefined) {
      if (written.isDirectory) return { name, isDirectory: true, sizeBytes: 0 };
      if (written.contents === undefined) return undefined;
      return { name, isDirectory: false, sizeBytes: written.contents.length };
    }
    const hostPath = this.#hostPath(path);
    if (hostPath === undefined) return undefined;
    const status = statSync(hostPath);
    const isProgram = hostPath === this.#options.program.hostPath;
    const shown = isProgram ? name : basename(hostPath);
    return {
      name: shown,
      isDirectory: status.isDirectory(),
      sizeBytes: status.isFile() ? (this.#read.get(hostPath)?.length ?? status.size) : 0,
    };
  }

  /** What a directory holds, sorted by name. */
  list(path: string): VolumeEntry[] {
    const prefix = path === '' ? '' : `${path}\\`;
    const names = new Map<string, string>();
    const hostPath = this.#options.root === undefined ? undefined : this.#hostPath(path);
    if (hostPath !== undefined) {
      for (const name of readdirSync(hostPath)) names.set(name.toLowerCase(), name);
    }
    const others = [
      this.#options.program.path,
      ...[...this.#written.values()].map((each) => each.path),
    ];
    for (const other of others) {
      if (!other.toLowerCase().startsWith(prefix.toLowerCase())) continue;
      const [name] = other.slice(prefix.length).split('\\') as [string];
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    }
    const sorted = [...names.values()].sort((a, b) => (a < b ? -1 : 1));
    return sorted.flatMap((name) => this.find(prefix + name) ?? []);
  }

  /**
   * The contents of a file; they are not to be changed.
   *
   * @throws EfiFailure where there is no such file
   */
  read(path: string): Uint8Array {
    const written = this.#written.get(path.toLowerCase());
    if (written !== undefined) return written.contents ?? fail('EFI_NOT_FOUND');
    const hostPath = this.#hostPath(path) ?? fail('EFI_NOT_FOUND');
    let contents = this.#read.get(hostPath);
    if (contents === undefined) {
      contents = readFileSync(hostPath);
      this.#read.set(hostPath, contents);
    }
    return contents;
  }

  write(path: string, contents: Uint8Array): void {
    this.#written.set(path.toLowerCase(), { path, contents, isDirectory: false });
  }

  makeDirectory(path: string): void {
    this.#written.set(path.toLowerCase(), { path, contents: undefined, isDirectory: true });
  }

  remove(path: string): void {
    this.#written.set(path.toLowerCase(), { path, contents: undefined, isDirectory: false });
  }

  save(): { options: VolumeOptions; written: readonly Written[]; directories: readonly string[] } {
    const all = [...this.#written.values()];
    return {
      options: this.#options,
      written: all
        .filter(({ isDirectory }) => !isDirectory)
        .map(({ path, contents }) => [
          path,
          contents === undefined ? null : Buffer.from(contents).toString('base64'),
        ]),
      directories: all.filter(({ isDirectory }) => isDirectory).map(({ path }) => path),
    };
  }

  static restore(saved: ReturnType<Volume['save']>): Volume {
    const volume = new Volume(saved.options);
    for (const [path, contents] of saved.written) {
      if (contents === null) volume.remove(path);
      else volume.write(path, Buffer.from(contents, 'base64'));
    }
    for (const path of saved.directories) volume.makeDirectory(path);
    return volume;
  }

  /** The host's file for a path, found without regard to case; symbolic links are not followed out. */
  #hostPath(path: string): string | undefined {
    const { root, program } = this.#options;
    if (root !== undefined) {
      let at: string | undefined = root;
      for (const part of path.split('\\').filter((each) => each !== '')) {
        at = at === undefined ? undefined : child(at, part);
      }
      if (at !== undefined) return at;
    }
    return path.toLowerCase() === program.path.toLowerCase() ? program.hostPath : undefined;
  }
}

function child(directory: string, name: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return undefined;
  }
  const found = names.find((each) => each.toLowerCase() === name.toLowerCase());
  if (found === undefined) return undefined;
  const path = join(directory, found);
  // A link could lead out of the directory that the guest was given.
  return lstatSync(path).isSymbolicLink() ? undefined : path;
}
