/**
 * The stepping thread's end of the event stream: encodes events into batches. The hot events (step,
 * register, memory) are written by one method each without allocation.
 */
import { TWO_32 } from '../../base/halves.js';
import { assert } from '../../base/errors.js';
import type { EventSink, Interruption } from '../format/event-sink.js';
import {
  Direction,
  EventKind,
  INPUT_KINDS,
  INTERRUPTION_KINDS,
  InterruptionFlag,
  SNAPSHOT_COLUMNS,
  type SnapshotBlobs,
} from '../format/events.js';
import { BATCH_SPLITS_STEP, BATCH_WORDS, type BatchSink } from '../queue.js';

/** The most words of a step event: kind, instruction, and two per register. */
const STEP_WORDS = 2 + 2 * 17;
/** The largest payload of one event, in bytes: an XSAVE area with AMX tiles is 11 KiB. */
const MAX_BLOB_BYTES = 64 * 1024;

/** Encodes the events of the recorder into batches for the writer thread. */
export class EventStream implements EventSink {
  readonly #producer: BatchSink;
  #words: Int32Array;
  #bytes: Uint8Array;
  #at = 0;
  /** The initial state is held together, too. */
  #insideStep = true;
  /** Where the step that is under way began; undefined where a part of it has been handed over. */
  #stepAt: number | undefined = 0;

  constructor(producer: BatchSink) {
    this.#producer = producer;
    this.#words = producer.acquire();
    this.#bytes = bytesOf(this.#words);
  }

  /** True once the writer has given up (disk full): recording on makes no sense. */
  get failed(): boolean {
    return this.#producer.failed;
  }

  /** Words waiting to be handed over. */
  get pending(): number {
    return this.#at;
  }

  step(instruction: number, changed: number, after: Int32Array): void {
    this.#insideStep = false;
    if (this.#at + STEP_WORDS > BATCH_WORDS) this.flush();
    this.#insideStep = true;
    this.#stepAt = this.#at;
    const words = this.#words;
    let at = this.#at;
    words[at++] = EventKind.step | (changed << 8);
    words[at++] = instruction;
    for (let mask = changed; mask !== 0; mask &= mask - 1) {
      const i = (31 - Math.clz32(mask & -mask)) * 2;
      words[at++] = after[i]!;
      words[at++] = after[i + 1]!;
    }
    this.#at = at;
  }

  /** Events of whole steps, one after another, that are encoded already. */
  steps(events: Int32Array): void {
    this.#insideStep = false;
    if (this.#at + events.length > BATCH_WORDS) this.flush();
    this.#stepAt = this.#at;
    this.#words.set(events, this.#at);
    this.#at += events.length;
  }

  register(id: number, low: number, high: number): void {
    this.#reserve(3);
    const words = this.#words;
    words[this.#at++] = EventKind.register | (id << 8);
    words[this.#at++] = low;
    words[this.#at++] = high;
  }

  memory(gpa: number, size: number, low: number, high: number): void {
    this.#reserve(5);
    const words = this.#words;
    words[this.#at++] = EventKind.memory | (size << 8);
    words[this.#at++] = gpa | 0;
    words[this.#at++] = Math.floor(gpa / TWO_32);
    words[this.#at++] = low;
    words[this.#at++] = high;
  }

  unchangedPage(page: number): void {
    this.#reserve(3);
    this.#words[this.#at++] = EventKind.page;
    this.#number(page);
  }

  port(direction: Direction, port: number, size: number, count: number, data: Uint8Array): void {
    this.#reserve(4 + wordsFor(data.length));
    this.#words[this.#at++] = EventKind.port | ((direction | (size << 1)) << 8);
    this.#words[this.#at++] = port;
    this.#words[this.#at++] = count;
    this.#blob(data);
  }

  mmio(direction: Direction, gpa: number, data: Uint8Array): void {
    this.#reserve(4 + wordsFor(data.length));
    this.#words[this.#at++] = EventKind.mmio | (direction << 8);
    this.#number(gpa);
    this.#blob(data);
  }

  instruction(
    id: number,
    mode: number,
    rip: readonly [low: number, high: number],
    address: readonly [low: number, high: number],
    bytes: Uint8Array,
  ): void {
    this.#reserve(7 + wordsFor(bytes.length));
    this.#words[this.#at++] = EventKind.instruction | (mode << 8);
    this.#words[this.#at++] = id;
    this.#words[this.#at++] = rip[0];
    this.#words[this.#at++] = rip[1];
    this.#words[this.#at++] = address[0];
    this.#words[this.#at++] = address[1];
    this.#blob(bytes);
  }

  interruption(event: Interruption): void {
    this.#reserve(8);
    const flags =
      (event.errorCode === undefined ? 0 : InterruptionFlag.errorCode) |
      (event.cr2 === undefined ? 0 : InterruptionFlag.cr2) |
      (event.assisted ? InterruptionFlag.assisted : 0);
    this.#words[this.#at++] =
      EventKind.interruption | (INTERRUPTION_KINDS.indexOf(event.kind) << 8);
    this.#words[this.#at++] = event.vector;
    this.#words[this.#at++] = flags;
    this.#words[this.#at++] = event.errorCode ?? 0;
    this.#bigint(event.cr2 ?? 0n);
    this.#bigint(event.rip);
  }

  input(kind: (typeof INPUT_KINDS)[number], value: bigint): void {
    this.#reserve(3);
    this.#words[this.#at++] = EventKind.input | (INPUT_KINDS.indexOf(kind) << 8);
    this.#bigint(value);
  }

  assisted(): void {
    this.#reserve(1);
    this.#words[this.#at++] = EventKind.assisted;
  }

  snapshot(blobs: SnapshotBlobs): void {
    const columns = SNAPSHOT_COLUMNS.map((column) => blobs[column]);
    this.#reserve(1 + columns.reduce((sum, blob) => sum + 1 + wordsFor(blob.length), 0));
    this.#words[this.#at++] = EventKind.snapshot;
    for (const blob of columns) this.#blob(blob);
  }

  snapshotPage(page: number, data: Uint8Array): void {
    this.#reserve(4 + wordsFor(data.length));
    this.#words[this.#at++] = EventKind.snapshotPage;
    this.#number(page);
    this.#blob(data);
  }

  /** The last event: rip after the last step, and what `meta` says of a closed recording. */
  end(finalRip: bigint, meta: Record<string, string | number>): void {
    this.#insideStep = false;
    const json = Buffer.from(JSON.stringify(meta));
    this.#reserve(4 + wordsFor(json.length));
    this.#words[this.#at++] = EventKind.end;
    this.#bigint(finalRip);
    this.#blob(json);
    this.flush();
  }

  /**
   * What follows belongs together up to `stepDone`, as the events of a step do: a delivery between
   * two steps, or a snapshot with its pages, must be in the file whole or not at all.
   */
  hold(): void {
    this.#insideStep = true;
    this.#stepAt = this.#at;
  }

  /** The step's events are all there: a batch may end, and be committed, here. */
  stepDone(): void {
    this.#insideStep = false;
    this.#stepAt = this.#at;
  }

  /**
   * Forgets what belongs to a step that cannot be completed. Returns false where a part of it has been
   * handed over: what came before is then in the file only as far as it was committed.
   */
  dropStep(): boolean {
    if (this.#stepAt === undefined) return false;
    this.#at = this.#stepAt;
    this.#insideStep = false;
    return true;
  }

  /**
   * Hands over events that another stream encoded: a whole batch.
   *
   * @param splitsStep whether it ends within what belongs together
   */
  pass(words: Int32Array, splitsStep: boolean): void {
    this.flush();
    this.#words.set(words);
    this.#at = words.length;
    this.#insideStep = splitsStep;
    this.flush();
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#at === 0) return;
    this.#producer.submit(this.#at, this.#insideStep ? BATCH_SPLITS_STEP : 0);
    this.#words = this.#producer.acquire();
    this.#bytes = bytesOf(this.#words);
    this.#at = 0;
    this.#stepAt = this.#insideStep ? undefined : 0;
  }

  #reserve(words: number): void {
    if (this.#at + words > BATCH_WORDS) this.flush();
  }

  #number(value: number): void {
    this.#words[this.#at++] = value | 0;
    this.#words[this.#at++] = Math.floor(value / TWO_32);
  }

  #bigint(value: bigint): void {
    this.#words[this.#at++] = Number(BigInt.asIntN(32, value));
    this.#words[this.#at++] = Number(BigInt.asIntN(32, value >> 32n));
  }

  #blob(data: Uint8Array): void {
    assert(data.length <= MAX_BLOB_BYTES, `an event of ${data.length} bytes`);
    this.#words[this.#at++] = data.length;
    const words = wordsFor(data.length);
    // Batches are used again: what pads the last word must not be what was there before.
    if (words !== 0) this.#words[this.#at + words - 1] = 0;
    this.#bytes.set(data, this.#at * 4);
    this.#at += words;
  }
}

function wordsFor(bytes: number): number {
  return (bytes + 3) >> 2;
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
