/** The handle database: which protocols are installed where (UEFI 2.10, 7.3). */
import { fail } from '../../uefi/status.js';

/** One OpenProtocol that has not been closed. */
export interface Opening {
  readonly agent: number;
  readonly controller: number;
  readonly attributes: number;
  readonly count: number;
}

interface Protocol {
  interface: number;
  openings: Opening[];
}

type SavedHandle = readonly [
  handle: number,
  protocols: readonly (readonly [guid: string, protocol: Protocol])[],
];

/** The handles and their protocols; every GUID is a text in lower case. */
export class HandleDatabase {
  /** In the order in which the handles came, as LocateHandle gives them. */
  #handles = new Map<number, Map<string, Protocol>>();

  has(handle: number): boolean {
    return this.#handles.has(handle);
  }

  /** @throws EfiFailure where the handle has the protocol already */
  install(handle: number, guid: string, address: number): void {
    const protocols = this.#handles.get(handle) ?? new Map<string, Protocol>();
    if (protocols.has(guid)) fail('EFI_INVALID_PARAMETER');
    protocols.set(guid, { interface: address, openings: [] });
    this.#handles.set(handle, protocols);
  }

  /** @throws EfiFailure where the handle does not have it */
  uninstall(handle: number, guid: string, address: number): void {
    const protocols = this.#handles.get(handle);
    if (protocols?.get(guid)?.interface !== address) fail('EFI_NOT_FOUND');
    protocols.delete(guid);
    // A handle without protocols is none.
    if (protocols.size === 0) this.#handles.delete(handle);
  }

  reinstall(handle: number, guid: string, from: number, to: number): void {
    const protocol = this.#protocol(handle, guid);
    if (protocol.interface !== from) fail('EFI_NOT_FOUND');
    protocol.interface = to;
  }

  /** @throws EfiFailure: EFI_INVALID_PARAMETER for no handle, EFI_UNSUPPORTED where it lacks the protocol */
  interface(handle: number, guid: string): number {
    return this.#protocol(handle, guid).interface;
  }

  open(handle: number, guid: string, opening: Omit<Opening, 'count'>): void {
    const { openings } = this.#protocol(handle, guid);
    const isSame = (o: Opening): boolean =>
      o.agent === opening.agent &&
      o.controller === opening.controller &&
      o.attributes === opening.attributes;
    const at = openings.findIndex(isSame);
    if (at < 0) openings.push({ ...opening, count: 1 });
    else openings[at] = { ...openings[at]!, count: openings[at]!.count + 1 };
  }

  /** @throws EfiFailure where it was not opened so */
  close(handle: number, guid: string, agent: number, controller: number): void {
    const protocol = this.#protocol(handle, guid);
    const left = protocol.openings.filter((o) => o.agent !== agent || o.controller !== controller);
    if (left.length === protocol.openings.length) fail('EFI_NOT_FOUND');
    protocol.openings = left;
  }

  openings(handle: number, guid: string): readonly Opening[] {
    return this.#protocol(handle, guid).openings;
  }

  protocols(handle: number): readonly string[] {
    const protocols = this.#handles.get(handle) ?? fail('EFI_INVALID_PARAMETER');
    return [...protocols.keys()];
  }

  /** Handles that have the protocol, or all of them. */
  having(guid: string | undefined): readonly number[] {
    const found: number[] = [];
    for (const [handle, protocols] of this.#handles) {
      if (guid === undefined || protocols.has(guid)) found.push(handle);
    }
    return found;
  }

  save(): readonly SavedHandle[] {
    return [...this.#handles].map(([handle, protocols]) => [handle, [...protocols]]);
  }

  restore(saved: readonly SavedHandle[]): void {
    this.#handles = new Map(saved.map(([handle, protocols]) => [handle, new Map(protocols)]));
  }

  #protocol(handle: number, guid: string): Protocol {
    const protocols = this.#handles.get(handle) ?? fail('EFI_INVALID_PARAMETER');
    return protocols.get(guid) ?? fail('EFI_UNSUPPORTED');
  }
}
