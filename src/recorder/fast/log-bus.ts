import type { Bus } from '../../machine/access-bus.js';
import type { FastEntry } from '../../trace/fast/entry.js';

/** Something that the stepped guest did otherwise than the one that ran: at which entry, and what. */
export class ExpandDivergence extends Error {
  /** Number of the entry: of the exit. */
  readonly entry: number;

  constructor(entry: number, message: string) {
    super(message);
    this.name = 'ExpandDivergence';
    this.entry = entry;
  }
}

/** Answers the guest from the log, and checks that it asks what it asked then. */
export class LogBus implements Bus {
  /** Number of the entry that comes next. */
  next: number;
  /** The stretch has ended: accesses belong to an instruction that is not kept. */
  isOver = false;
  readonly #entries: Iterator<FastEntry>;
  #entry: FastEntry | undefined;
  /** Bytes of it that were exchanged already: how KVM cuts string instructions up is its own. */
  #done = 0;
  /** The entry before `next`. */
  #last: FastEntry | undefined;

  /** @param first number of the first of `entries` */
  constructor(entries: Iterator<FastEntry>, first: number) {
    this.#entries = entries;
    this.next = first;
    this.#advance();
  }

  /** The next entry. */
  get entry(): FastEntry | undefined {
    return this.#entry;
  }

  /** The last that was consumed. */
  get last(): FastEntry | undefined {
    return this.#last;
  }

  /** Consumes an entry that is no access. */
  take(): void {
    this.#last = this.#entry;
    this.next++;
    this.#advance();
  }

  portRead(port: number, _size: number, data: Uint8Array): void {
    this.#exchange('in', port, data);
  }

  portWrite(port: number, _size: number, data: Uint8Array): void {
    this.#exchange('out', port, data);
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#exchange('read', gpa, data);
  }

  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#exchange('write', gpa, data);
  }

  #advance(): void {
    const next = this.#entries.next();
    this.#entry = next.done === true ? undefined : next.value;
  }

  #exchange(kind: FastEntry['kind'], address: number, data: Uint8Array): void {
    if (this.isOver) {
      if (kind === 'in' || kind === 'read') data.fill(0xff);
      return;
    }
    for (let at = 0; at < data.length;) at += this.#piece(kind, address, data.subarray(at));
  }

  #piece(kind: FastEntry['kind'], address: number, data: Uint8Array): number {
    const entry = this.#entry;
    if (entry?.kind !== kind || entry.address !== address || entry.data === undefined) {
      throw new ExpandDivergence(
        this.next,
        `${describe({ kind, address })} came, and the log has ${entry === undefined ? 'nothing more' : describe(entry)}`,
      );
    }
    const logged = entry.data.subarray(this.#done, this.#done + data.length);
    if (kind === 'in' || kind === 'read') data.set(logged);
    else if (Buffer.compare(logged, data.subarray(0, logged.length)) !== 0) {
      throw new ExpandDivergence(
        this.next,
        `${describe(entry)} is of ${Buffer.from(data).toString('hex')}, and was of ${Buffer.from(logged).toString('hex')}`,
      );
    }
    this.#done += logged.length;
    if (this.#done === entry.data.length) {
      this.#done = 0;
      this.take();
    }
    return logged.length;
  }
}

function describe({ kind, address }: Pick<FastEntry, 'kind' | 'address'>): string {
  const at = `0x${address.toString(16)}`;
  switch (kind) {
    case 'in':
      return `a read of port ${at}`;
    case 'out':
      return `a write to port ${at}`;
    case 'read':
      return `a read at gpa ${at}`;
    case 'write':
      return `a write at gpa ${at}`;
    case 'halt':
      return 'a halt';
    case 'interrupt':
      return `interrupt ${address}`;
  }
}
