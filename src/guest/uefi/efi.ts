/** The firmware as its services see it, and what a service is. */
import type { Clock } from '../clock.js';
import type { Call } from '../../uefi/call.js';
import type { Console } from '../console.js';
import type { EventTable } from './events.js';
import type { OpenFiles } from './open-files.js';
import type { HandleDatabase } from './handles.js';
import type { Image, Images } from './images.js';
import type { FirmwareLayout } from './layout.js';
import type { MemoryMap } from './memory-map.js';
import type { Pool } from './pool.js';
import type { Registrations } from './registrations.js';
import type { Signature } from '../../uefi/signature.js';
import type { VariableStore } from './variables.js';

/** The parts of the firmware that services work on. */
export interface Efi {
  readonly layout: FirmwareLayout;
  readonly map: MemoryMap;
  readonly pool: Pool;
  readonly handles: HandleDatabase;
  readonly registrations: Registrations;
  readonly events: EventTable;
  readonly variables: VariableStore;
  readonly console: Console;
  readonly files: OpenFiles;
  readonly images: Images;
  readonly clock: Clock;
  /** Configuration tables, in their order. */
  readonly configuration: { guid: string; address: number }[];
  /** GetNextMonotonicCount. */
  monotonicCount: number;
  /** State of the random number generator. */
  random: number;
  /** The program has taken the machine over. */
  hasExitedBootServices: boolean;
  /** Ends the recording: the program is done. */
  end(status: bigint, detail: string): void;
}

/** Instead of a status: the call starts a program, or ends one that another program started. */
export type ImageChange =
  | { readonly start: Image; readonly exitDataSize: number; readonly exitData: number }
  | {
      readonly exit: Image;
      readonly status: bigint;
      readonly exitDataSize: number;
      readonly exitData: number;
    };

/** Does what a service does, and returns its status: EFI_SUCCESS where it returns none. */
export type Handler = (efi: Efi, call: Call) => bigint | undefined | ImageChange;

/** What carries out each service. */
export type Handlers = ReadonlyMap<Signature, Handler>;

/** Handlers by the names of the services of one table. */
export function handlers(
  table: readonly Signature[],
  byName: Readonly<Record<string, Handler>>,
): (readonly [Signature, Handler])[] {
  return Object.entries(byName).map(([name, handler]) => {
    const service = table.find((each) => each.name === name);
    if (service === undefined) throw new Error(`kvmtrace bug: no service ${name}`);
    return [service, handler] as const;
  });
}
