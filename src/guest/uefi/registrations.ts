/** RegisterProtocolNotify: events that want to know of new interfaces of a protocol (UEFI 2.10, 7.3.5). */
export interface Registration {
  /** What the guest names it by. */
  readonly key: number;
  readonly guid: string;
  readonly event: number;
  /** Handles that LocateHandle has not told of yet. */
  waiting: number[];
}

/** The events that wait for protocols, by the key that the guest was given. */
export class Registrations {
  #all: Registration[] = [];

  add(registration: Registration): void {
    this.#all.push(registration);
  }

  find(key: number): Registration | undefined {
    return this.#all.find((each) => each.key === key);
  }

  /** A protocol was installed: returns the events to signal. */
  installed(guid: string, handle: number): number[] {
    const concerned = this.#all.filter((each) => each.guid === guid);
    for (const each of concerned) each.waiting.push(handle);
    return concerned.map(({ event }) => event);
  }

  forget(event: number): void {
    this.#all = this.#all.filter((each) => each.event !== event);
  }

  save(): readonly Registration[] {
    return this.#all;
  }

  restore(saved: readonly Registration[]): void {
    this.#all = saved.map((each) => ({ ...each }));
  }
}
