import test from 'ava';
import fc from 'fast-check';
import { encodePacket, PacketReader, type Incoming } from '../../src/gdb/packet.js';

const anyPayload = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

test('packets of any bytes come out as they went in, however the stream is cut', (t) => {
  fc.assert(
    fc.property(fc.array(anyPayload), fc.array(fc.nat({ max: 30 })), (payloads, cuts) => {
      let stream = payloads.map((payload) => `+${encodePacket(payload)}`).join('');
      const reader = new PacketReader();
      const found: Incoming[] = [];
      for (const cut of [...cuts, stream.length]) {
        found.push(...reader.push(stream.slice(0, cut)));
        stream = stream.slice(cut);
      }
      t.deepEqual(
        found,
        payloads.map((payload) => ({ kind: 'packet', payload })),
      );
    }),
  );
});

test('the checksum is the sum of what is sent', (t) => {
  t.is(encodePacket('OK'), '$OK#9a');
  t.is(encodePacket('a#b'), '$a}\x03b#43');
});

test('what is between packets: interrupts, requests to send again, a wrong checksum', (t) => {
  const kinds = new PacketReader().push('+\x03$g#67-$g#00').map(({ kind }) => kind);
  t.deepEqual(kinds, ['interrupt', 'packet', 'resend', 'damaged']);
});

test('a packet without an end does not fill memory', (t) => {
  const reader = new PacketReader();
  t.throws(() => reader.push(`$${'0'.repeat(1 << 20)}`), { message: /too long/ });
});
