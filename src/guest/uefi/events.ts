/** Events, timers and the task priority (UEFI 2.10, 7.1). Their time is the devices': a number of steps. */
import { fail } from '../../uefi/status.js';

/** Task priority levels. */
export const Tpl = { application: 4, callback: 8, notify: 16, highLevel: 31 } as const;

/** Bits of an event's type. */
const TIMER = 0x8000_0000;
const NOTIFY_WAIT = 0x100;
const NOTIFY_SIGNAL = 0x200;
const EXIT_BOOT_SERVICES = 0x201;
/** The event group that is signalled by ExitBootServices. */
export const EXIT_BOOT_SERVICES_GROUP = '27abf055-b1b8-4c26-8048-748f37baa2df';

/** What SetTimer can be asked for. */
export const TimerDelay = { cancel: 0, periodic: 1, relative: 2 } as const;

/** An event. */
export interface EfiEvent {
  readonly id: number;
  readonly type: number;
  readonly tpl: number;
  /** The guest's function, 0 for none, and what it is given, in hexadecimal. */
  readonly notify: number;
  readonly context: string;
  readonly group: string | undefined;
  isSignaled: boolean;
  /** Device time at which the timer is due, and then every so many steps (0: once). */
  due: number | undefined;
  period: number;
}

interface Saved {
  readonly tpl: number;
  readonly events: readonly EfiEvent[];
  readonly queue: readonly number[];
}

/** All events, their queue and the current task priority. */
export class EventTable {
  tpl: number = Tpl.application;
  #events = new Map<number, EfiEvent>();
  /** Events whose notification functions wait until the task priority lets them run. */
  #queue: number[] = [];

  create(event: Pick<EfiEvent, 'id' | 'type' | 'tpl' | 'notify' | 'context' | 'group'>): void {
    const notifies = (event.type & (NOTIFY_WAIT | NOTIFY_SIGNAL)) !== 0;
    if ((event.type & NOTIFY_WAIT) !== 0 && (event.type & NOTIFY_SIGNAL) !== 0)
      fail('EFI_INVALID_PARAMETER');
    if (
      notifies &&
      (event.notify === 0 || event.tpl <= Tpl.application || event.tpl >= Tpl.highLevel)
    ) {
      fail('EFI_INVALID_PARAMETER');
    }
    const group =
      (event.type & 0xfff) === EXIT_BOOT_SERVICES ? EXIT_BOOT_SERVICES_GROUP : event.group;
    this.#events.set(event.id, { ...event, group, isSignaled: false, due: undefined, period: 0 });
  }

  close(id: number): void {
    if (!this.#events.delete(id)) fail('EFI_INVALID_PARAMETER');
    this.#queue = this.#queue.filter((each) => each !== id);
  }

  /** @param delay steps until it is due, and between two times where it is periodic */
  setTimer(id: number, type: number, now: number, delay: number): void {
    const event = this.#event(id);
    if ((event.type & TIMER) === 0 && type !== TimerDelay.cancel) fail('EFI_INVALID_PARAMETER');
    if (type > TimerDelay.relative) fail('EFI_INVALID_PARAMETER');
    event.due = type === TimerDelay.cancel ? undefined : now + delay;
    event.period = type === TimerDelay.periodic ? Math.max(1, delay) : 0;
  }

  signal(id: number): void {
    const event = this.#event(id);
    if (event.group === undefined) this.#signal(event);
    else this.signalGroup(event.group);
  }

  signalGroup(group: string): void {
    for (const event of this.#events.values()) if (event.group === group) this.#signal(event);
  }

  /** Whether it is signaled; then it is no more. Its function is asked where it waits for that. */
  check(id: number): boolean {
    const event = this.#event(id);
    if ((event.type & NOTIFY_SIGNAL) !== 0) fail('EFI_INVALID_PARAMETER');
    if (event.isSignaled) {
      event.isSignaled = false;
      return true;
    }
    if ((event.type & NOTIFY_WAIT) !== 0 && !this.#queue.includes(id)) this.#queue.push(id);
    return false;
  }

  /** Signals the timers that are due. */
  advance(now: number): void {
    for (const event of this.#events.values()) {
      if (event.due === undefined || event.due > now) continue;
      const { due, period } = event;
      event.due = period === 0 ? undefined : due + period * (Math.floor((now - due) / period) + 1);
      this.#signal(event);
    }
  }

  /** When the next timer is due; Infinity for never. */
  nextDue(): number {
    return Math.min(Infinity, ...[...this.#events.values()].flatMap(({ due }) => due ?? []));
  }

  /** Takes the notification of the highest task priority that may run now; undefined where none may. */
  takeRunnable(): EfiEvent | undefined {
    const runnable = this.#queue
      .map((id) => this.#events.get(id)!)
      .filter(({ tpl }) => tpl > this.tpl);
    const first = runnable.sort((a, b) => b.tpl - a.tpl)[0];
    if (first !== undefined) this.#queue = this.#queue.filter((id) => id !== first.id);
    return first;
  }

  save(): Saved {
    return { tpl: this.tpl, events: [...this.#events.values()], queue: this.#queue };
  }

  restore({ tpl, events, queue }: Saved): void {
    this.tpl = tpl;
    this.#events = new Map(events.map((event) => [event.id, { ...event }]));
    this.#queue = [...queue];
  }

  #event(id: number): EfiEvent {
    return this.#events.get(id) ?? fail('EFI_INVALID_PARAMETER');
  }

  #signal(event: EfiEvent): void {
    if (event.isSignaled) return;
    if ((event.type & NOTIFY_SIGNAL) === 0) event.isSignaled = true;
    else if (!this.#queue.includes(event.id)) this.#queue.push(event.id);
  }
}
