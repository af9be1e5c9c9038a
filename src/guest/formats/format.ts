/** What a loader is, for the registry in formats.ts. */
import type { MemoryLayout } from '../memory-map.js';
import type { FormatName } from './format-names.js';
import type { GuestMode } from '../mode.js';
import type { GuestImage } from './image.js';

/** What the user says about a guest; everything may be left out. */
export interface LoadOptions {
  /** `auto`, the default, goes by the file's first bytes and refuses what they do not tell. */
  readonly format?: FormatName | 'auto' | undefined;
  /** Mode in which a flat guest starts: `real` by default. An ELF says it of itself. */
  readonly mode?: GuestMode | undefined;
  /** Guest-physical load address of a flat guest: 0x7c00 in real mode, otherwise 1 MiB. */
  readonly load?: bigint | undefined;
  /** Address of the first instruction, instead of the load address or the ELF's entry. */
  readonly entry?: bigint | undefined;
  /** RAM in bytes; 64 MiB by default. */
  readonly memory?: number | undefined;
  /** The guest's command line: a kernel's, or the LoadOptions of a UEFI program. */
  readonly append?: string | undefined;
  /** A kernel's initial RAM disk: a file. */
  readonly initrd?: string | undefined;
  /** Modules of a multiboot or PVH kernel: `FILE` or `FILE TEXT` each. */
  readonly modules?: readonly string[] | undefined;
  /** Directory that is the volume of a UEFI program; without it the volume holds the program alone. */
  readonly efiRoot?: string | undefined;
  /** File with UEFI variables, as JSON. */
  readonly efiVars?: string | undefined;
}

/** A guest and the memory that it goes into. */
export interface LoadedGuest {
  readonly image: GuestImage;
  readonly layout: MemoryLayout;
}

/** The file to be loaded. */
export interface GuestFile {
  /** Where it was read from. */
  readonly path: string;
  /** What messages call it: `The guest "a.elf"`. */
  readonly title: string;
  readonly bytes: Uint8Array;
}

/** A kind of guest file, and how one is loaded. */
export interface GuestFormat {
  readonly name: FormatName;
  /** Whether the bytes say of themselves that they are of this kind; never a guess. */
  matches(bytes: Uint8Array): boolean;
  /** What it matches may be a flat binary, too: a `mode` or `load` address that is given says so. */
  readonly mayBeFlat?: true;
  /**
   * The guest's image with its memory. The bytes are untrusted and may be of any kind: `--format` can
   * have named this one.
   *
   * @throws KvmtraceError (exit code 2) that begins with the file's title
   */
  load(file: GuestFile, options: LoadOptions): LoadedGuest;
}
