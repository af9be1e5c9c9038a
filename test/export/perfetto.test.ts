/**
 * Perfetto's traces, decoded by the wire format and the field numbers of protos/perfetto/trace, against the
 * JSON of the same timeline.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { ProtobufMessage } from '../../src/export/protobuf.js';
import { Trace } from '../../src/query/trace.js';
import { exported, TRACES } from './traces.js';

/** Values of a message by field number: integers, and bytes for everything that has a length. */
type Fields = Map<number, (number | Buffer)[]>;

function decode(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('a varint is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    let value: number | Buffer;
    if (wireType === 0) {
      value = varint();
    } else if (wireType === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error('a field is cut short');
      value = bytes.subarray(at, at + length);
      at += length;
    } else {
      throw new Error(`wire type ${wireType}`);
    }
    const field = Math.floor(tag / 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const number = (fields: Fields, field: number): number | undefined =>
  fields.get(field)?.[0] as number | undefined;
const message = (fields: Fields, field: number): Fields | undefined => {
  const bytes = fields.get(field)?.[0];
  return bytes === undefined ? undefined : decode(bytes as Buffer);
};
const messages = (fields: Fields, field: number): Fields[] =>
  (fields.get(field) ?? []).map((bytes) => decode(bytes as Buffer));
const text = (fields: Fields, field: number): string | undefined =>
  (fields.get(field)?.[0] as Buffer | undefined)?.toString('utf8');

interface Slice {
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
}

interface Decoded {
  readonly slices: Slice[];
  readonly instants: { name: string; ts: number }[];
  readonly counters: { ts: number; track: string; value: number }[];
  readonly tracks: Map<number, string>;
}

function decodeTrace(bytes: Buffer): Decoded {
  const result: Decoded = { slices: [], instants: [], counters: [], tracks: new Map() };
  const names = new Map<number, string>();
  const open: { name: string; ts: number }[] = [];
  let time = 0;
  for (const packet of messages(decode(bytes), 1)) {
    if (number(packet, 10) !== 1) throw new Error('a packet without trusted_packet_sequence_id');
    const track = message(packet, 60);
    if (track !== undefined) {
      const thread = message(track, 4);
      const process = message(track, 3);
      const name = text(track, 2) ?? (thread && text(thread, 5)) ?? (process && text(process, 6));
      result.tracks.set(number(track, 1)!, name!);
      continue;
    }
    const interned = message(packet, 12);
    if (interned !== undefined) {
      for (const each of messages(interned, 2)) names.set(number(each, 1)!, text(each, 2)!);
    }
    const event = message(packet, 11)!;
    const ts = number(packet, 8)! / 1000;
    if (number(event, 9) !== 4) {
      if (ts < time) throw new Error(`an event at ${ts} after ${time}`);
      time = ts;
    }
    const name = names.get(number(event, 10) ?? -1)!;
    switch (number(event, 9)) {
      case 1:
        open.push({ name, ts });
        break;
      case 2: {
        const begun = open.pop()!;
        result.slices.push({ ...begun, dur: ts - begun.ts });
        break;
      }
      case 3:
        result.instants.push({ name, ts });
        break;
      case 4:
        result.counters.push({
          ts,
          track: result.tracks.get(number(event, 11)!)!,
          value: number(event, 30)!,
        });
        break;
      default:
        throw new Error('an event of no type');
    }
  }
  if (open.length > 0) throw new Error('a slice does not end');
  return result;
}

for (const name of ['hello', 'shop', 'example']) {
  test(`perfetto: the events of ${name} are those of the JSON`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    const { slices, instants, counters, tracks } = decodeTrace(
      readFileSync(await exported(trace, 'perfetto')),
    );
    const { traceEvents } = JSON.parse(readFileSync(await exported(trace, 'chrome'), 'utf8')) as {
      traceEvents: {
        name: string;
        ph: string;
        ts: number;
        dur: number;
        args: Record<string, number>;
      }[];
    };
    const order = (a: Slice, b: Slice): number => a.ts - b.ts || b.dur - a.dur;
    t.deepEqual(
      slices.sort(order),
      traceEvents
        .filter(({ ph }) => ph === 'X')
        .map((each) => ({ name: each.name, ts: each.ts, dur: each.dur }))
        .sort(order),
    );
    t.deepEqual(
      instants,
      traceEvents.filter(({ ph }) => ph === 'i').map((each) => ({ name: each.name, ts: each.ts })),
    );
    t.deepEqual(
      counters,
      traceEvents
        .filter(({ ph }) => ph === 'C')
        .map((each) => ({ ts: each.ts, track: each.name, value: Object.values(each.args)[0]! })),
    );
    t.deepEqual([...tracks.keys()], [1, 2, 3, 4]);
  });
}

test('protobuf: the examples of its documentation', (t) => {
  const bytes = (message: ProtobufMessage): string => Buffer.from(message.bytes()).toString('hex');
  // protobuf.dev, "Encoding": a = 150; b = "testing"; c = { a: 150 }.
  t.is(bytes(new ProtobufMessage().number(1, 150)), '089601');
  t.is(bytes(new ProtobufMessage().text(2, 'testing')), '120774657374696e67');
  t.is(bytes(new ProtobufMessage().message(3, new ProtobufMessage().number(1, 150))), '1a03089601');
  t.is(bytes(new ProtobufMessage().number(1, 2 ** 53 - 1)), '08ffffffffffffff0f');
  t.is(bytes(new ProtobufMessage().number(60, 0)), 'e00300');
});
