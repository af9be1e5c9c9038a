/** Guests that never get on: the recorder notices, says so, and has recorded what there was. */
import type { Guest } from '../helpers/guest.js';
import { recordListing } from '../helpers/guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { idt64 } from '../helpers/tables.js';

/** No instruction retires any more after LIDT, so that no limit of steps would end it. */
const ENDLESS: Guest = {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0a 00 10 00  lidt [0x10000a]
    100008  0f 0b                    ud2
    10000a  ff 0f 00 10 10 00 00 00 00 00  db
    100040  0f 0b                    ud2
  `,
};

kvmTest('a handler whose first instruction faults with the same vector, without end', async (t) => {
  const { rows, result } = await recordListing(ENDLESS);
  t.is(result.stopReason, 'livelock');
  t.regex(result.detail, /handler at 0x100040 /);
  t.true(result.crashed);
  t.is(rows.steps.length, 1);
  // Each with the frame that it pushed: 40 bytes, of which rsp is rounded down to 16.
  const { interruptions } = rows;
  t.true(interruptions.length > 100);
  interruptions.forEach(({ step, vector, rip }, i) => {
    t.deepEqual([step, vector, rip], [1n, 6n, i === 0 ? 0x100008n : 0x100040n]);
  });
  const rsp = rows.registers.filter(({ name }) => name === 'rsp').at(-1)!.value;
  t.is(rsp, 0x200000n - 0x28n - 0x30n * BigInt(interruptions.length - 1));
});

kvmTest('an endless handler can be interrupted', async (t) => {
  const { result } = await recordListing(ENDLESS, { signal: AbortSignal.abort() });
  t.true(['interrupted', 'livelock'].includes(result.stopReason));
});

kvmTest('JMP to itself, with interrupts on and a timer, goes on until the limit', async (t) => {
  const listing = `
    7c00  fb     sti
    7c01  eb fe  jmp short 0x7c01
  `;
  const { rows, result } = await recordListing({ mode: 'real', listing }, { maxSteps: 20_000 });
  t.is(result.stopReason, 'max-steps');
  t.is(rows.steps.length, 20_000);
  t.true(rows.steps.slice(1).every(({ address }) => address === 0x7c01n));
});
