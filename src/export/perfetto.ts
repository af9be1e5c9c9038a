/**
 * Perfetto's own format: a `Trace` of `TracePacket`s (perfetto.dev, "Synthetic track events"), half the
 * size of the JSON. Timestamps are nanoseconds; a step takes one microsecond as in the JSON, so that
 * both look alike. Names are interned: each is written once.
 */
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { guestName } from './function-name.js';
import { ProtobufMessage } from './protobuf.js';
import { COUNTERS, timeline, type Counter, type Details, type TimelineEvent } from './timeline.js';

/** For ui.perfetto.dev and trace_processor. */
export const perfetto = singleFile(chunks);

/** Field numbers of protos/perfetto/trace/*.proto. */
const TRACE = { packet: 1 };
const PACKET = { timestamp: 8, sequence: 10, event: 11, interned: 12, flags: 13, track: 60 };
const TRACK = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8 };
const PROCESS = { pid: 1, name: 6 };
const THREAD = { pid: 1, tid: 2, name: 5 };
const EVENT = { categoryIid: 3, annotation: 4, type: 9, nameIid: 10, track: 11, counterValue: 30 };
const ANNOTATION = { nameIid: 1, unsigned: 3, text: 6 };
const INTERNED = { categories: 1, names: 2, annotationNames: 3 };
const INTERNED_TEXT = { iid: 1, name: 2 };
const TYPE = { begin: 1, end: 2, instant: 3, counter: 4 };
/** SEQ_INCREMENTAL_STATE_CLEARED, SEQ_NEEDS_INCREMENTAL_STATE. */
const FLAGS = { cleared: 1, needed: 2 };

const SEQUENCE = 1;
const STEP_NANOSECONDS = 1000;
const PROCESS_TRACK = 1;
const CALL_TRACK = 2;
const COUNTER_TRACKS: Readonly<Record<Counter, number>> = { memory: 3, io: 4 };

function* chunks(source: ExportSource): Generator<Chunk> {
  const name = guestName(source.trace);
  yield packet((message) => {
    message.message(PACKET.track, processTrack(name)).number(PACKET.flags, FLAGS.cleared);
  });
  yield packet((message) => message.message(PACKET.track, callTrack()));
  for (const [counter, uuid] of Object.entries(COUNTER_TRACKS)) {
    const track = counterTrack(uuid, COUNTERS[counter as Counter]);
    yield packet((message) => message.message(PACKET.track, track));
  }
  const interner = new Interner();
  for (const event of timeline(source)) {
    const trackEvent = encodeEvent(event, interner);
    const news = interner.takeNews();
    yield packet((message) => {
      message.number(PACKET.timestamp, event.at * STEP_NANOSECONDS);
      if (news !== undefined) message.message(PACKET.interned, news);
      message.message(PACKET.event, trackEvent).number(PACKET.flags, FLAGS.needed);
    });
  }
}

/** A packet, as the field of `Trace` that it is. */
function packet(fill: (message: ProtobufMessage) => void): Uint8Array {
  const message = new ProtobufMessage();
  fill(message);
  message.number(PACKET.sequence, SEQUENCE);
  return new ProtobufMessage().message(TRACE.packet, message).bytes();
}

function processTrack(name: string): ProtobufMessage {
  const process = new ProtobufMessage().number(PROCESS.pid, 1).text(PROCESS.name, name);
  return new ProtobufMessage().number(TRACK.uuid, PROCESS_TRACK).message(TRACK.process, process);
}

function callTrack(): ProtobufMessage {
  const thread = new ProtobufMessage().number(THREAD.pid, 1).number(THREAD.tid, 1);
  thread.text(THREAD.name, 'vCPU 0');
  return new ProtobufMessage()
    .number(TRACK.uuid, CALL_TRACK)
    .number(TRACK.parent, PROCESS_TRACK)
    .message(TRACK.thread, thread);
}

function counterTrack(uuid: number, name: string): ProtobufMessage {
  return new ProtobufMessage()
    .number(TRACK.uuid, uuid)
    .text(TRACK.name, name)
    .number(TRACK.parent, PROCESS_TRACK)
    .message(TRACK.counter, new ProtobufMessage());
}

function encodeEvent(event: TimelineEvent, interner: Interner): ProtobufMessage {
  const message = new ProtobufMessage();
  switch (event.kind) {
    case 'enter':
    case 'instant': {
      const type = event.kind === 'enter' ? TYPE.begin : TYPE.instant;
      message.number(EVENT.type, type).number(EVENT.track, CALL_TRACK);
      message.number(EVENT.categoryIid, interner.id(INTERNED.categories, event.category));
      message.number(EVENT.nameIid, interner.id(INTERNED.names, event.name));
      annotate(message, event.details, interner);
      return message;
    }
    case 'leave':
      return message.number(EVENT.type, TYPE.end).number(EVENT.track, CALL_TRACK);
    case 'counter':
      message.number(EVENT.type, TYPE.counter);
      message.number(EVENT.track, COUNTER_TRACKS[event.counter]);
      return message.number(EVENT.counterValue, event.value);
  }
}

function annotate(event: ProtobufMessage, details: Details, interner: Interner): void {
  for (const [name, value] of Object.entries(details)) {
    const iid = interner.id(INTERNED.annotationNames, name);
    const annotation = new ProtobufMessage().number(ANNOTATION.nameIid, iid);
    if (typeof value === 'number') annotation.number(ANNOTATION.unsigned, value);
    else annotation.text(ANNOTATION.text, value);
    event.message(EVENT.annotation, annotation);
  }
}

/** Texts that events name by number. */
class Interner {
  readonly #ids = new Map<string, number>();
  #news: ProtobufMessage | undefined;

  id(field: number, text: string): number {
    const key = `${field} ${text}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#ids.set(key, id);
    this.#news ??= new ProtobufMessage();
    const entry = new ProtobufMessage().number(INTERNED_TEXT.iid, id);
    this.#news.message(field, entry.text(INTERNED_TEXT.name, text));
    return id;
  }

  /** What is new since the last time: the packet of the event that uses it has to tell. */
  takeNews(): ProtobufMessage | undefined {
    const news = this.#news;
    this.#news = undefined;
    return news;
  }
}
