import type { BiosSetup } from '../bios/bios.js';
import type { FirmwareSetup } from '../uefi/firmware.js';
import type { GuestMode } from '../mode.js';
import type { SourceLine } from './dwarf/source-lines.js';
import type { FormatName } from './format-names.js';

/** A piece of the guest for guest-physical memory: `data`, then zeros up to `memorySize` bytes. */
export interface GuestSegment {
  readonly gpa: number;
  readonly data: Uint8Array;
  readonly memorySize: number;
  /** Linear address that it was linked for, which symbols use; absent in flat guests. */
  readonly linkedAt?: bigint;
}

/** What a symbol names. */
export type GuestSymbolKind = 'function' | 'object' | 'other';

/** A name for an address. `address` is where it was linked (gva), `size` in bytes, 0 if unknown. */
export interface GuestSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly kind: GuestSymbolKind;
}

/** A guest, read and checked against its memory, ready to be put there. */
export interface GuestImage {
  readonly format: FormatName;
  readonly mode: GuestMode;
  /** In order of gpa, none overlapping another, each within one range of RAM. */
  readonly segments: readonly GuestSegment[];
  /** Where the guest itself begins, if that is not its first segment. */
  readonly load?: number | undefined;
  /** Guest-physical address of the first instruction, which is also its gva: paging is 1:1 or off. */
  readonly entry: bigint;
  /** In order of address; of those at one address the best name is the last. Empty for flat guests. */
  readonly symbols: readonly GuestSymbol[];
  /** Why there are no symbols although the file should have some: a sentence, for a note. */
  readonly symbolsLost?: string | undefined;
  /** Which source lines its code comes from, by address; absent where the file does not say. */
  readonly sourceLines?: readonly SourceLine[] | undefined;
  /** SHA-256 of the guest's file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** General registers that state 0 has otherwise than its mode says. */
  readonly registers?: Readonly<Record<string, bigint>> | undefined;
  /** The processor starts as after a reset, 16 bytes before 4 GiB, and not at the entry of a mode. */
  readonly startsAtReset?: true | undefined;
  /** The BIOS that the guest runs on. */
  readonly bios?: BiosSetup | undefined;
  /** The UEFI firmware that the guest runs on. */
  readonly firmware?: FirmwareSetup | undefined;
}
