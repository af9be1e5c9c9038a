/** What the burst loop says is proven: where it is wrong, or somebody else writes, no row is. */
import type { ExecutionContext, ImplementationFn } from 'ava';
import { localBurstLoop } from '../../../src/kvm/host/burst-loop.js';
import type { KvmMachine } from '../../../src/machine/kvm-machine.js';
import type { BurstHost } from '../../../src/machine/burst-host.js';
import { ARENA, CODE, CODE_BYTES, CODES, REQUEST } from '../../../src/stepper/burst/layout.js';
import type { Guest } from '../../helpers/guest.js';
import { withMachine } from '../../helpers/kept-machine.js';
import { kvmEmulated, kvmTest } from '../../helpers/kvm.js';
import { skipTest } from '../../helpers/skip.js';
import { readTraceRows, type TraceRows } from '../../helpers/trace-rows.js';

/** Counts in memory, and keeps the sum of it on the stack. */
const GUEST: Guest = {
  mode: 'long',
  listing: `
    100000  b9 20 00 00 00        mov ecx, 32
    100005  bf 00 80 10 00        mov edi, 0x108000
    10000a  89 0f                 mov [rdi], ecx
    10000c  01 4f 04              add [rdi+4], ecx
    10000f  ff 77 04              push qword [rdi+4]
    100012  58                    pop rax
    100013  ff c9                 dec ecx
    100015  75 f3                 jne 0x10000a
    100017  f4                    hlt
  `,
};
const COUNTER = 0x108000;

const NO_LOOP = 'no native loop: npm run build with a C compiler';

/** Where the native loop has been compiled (npm run build with a C compiler), and is the default. */
function burstTest(title: string, run: ImplementationFn<[]>): void {
  if (kvmEmulated) skipTest('not with the loop of this process: an emulated host', title, run);
  else if (localBurstLoop() === undefined) skipTest(NO_LOOP, title, run);
  else kvmTest(title, run);
}

async function recordWith(change: (machine: KvmMachine) => void): Promise<{
  rows: TraceRows;
  notes: readonly string[];
}> {
  return await withMachine(GUEST, 'auto', async ({ machine, output }, record) => {
    change(machine);
    const { notes } = await record(1000);
    return { rows: readTraceRows(output), notes };
  });
}

/** Has `run` called in place of the loop, which is given to it. */
function replaceLoop(machine: KvmMachine, run: (host: BurstHost) => void): void {
  const host = machine.vcpu.bursts!;
  Object.defineProperty(machine.vcpu, 'bursts', {
    value: {
      ...host,
      run: () => {
        run(host);
      },
    },
  });
}

function checkSame(t: ExecutionContext, found: TraceRows, expected: TraceRows): void {
  t.is(found.steps.length, expected.steps.length);
  t.deepEqual(found.registers, expected.registers);
  t.deepEqual(found.memory, expected.memory);
}

const UNEXPLAINED = /^KVM reported writes that no instruction explains/;

burstTest('with and without bursts the rows are the same', async (t) => {
  let bursts = 0;
  const native = await recordWith((machine) => {
    replaceLoop(machine, (host) => {
      bursts++;
      host.run();
    });
  });
  t.true(bursts > 0);
  const slow = await recordWith((machine) => {
    Object.defineProperty(machine.vcpu, 'bursts', { value: undefined });
  });
  checkSame(t, native.rows, slow.rows);
  t.deepEqual(native.notes, []);
});

burstTest('a store that the table does not know of is found by the pages', async (t) => {
  const expected = await recordWith(() => undefined);
  const found = await recordWith((machine) => {
    replaceLoop(machine, (host) => {
      forgetOperandsOf(host, 0x100_00an);
      host.run();
    });
  });
  checkSame(t, found.rows, expected.rows);
  t.regex(found.notes[0] ?? '', UNEXPLAINED);
});

burstTest('a write of somebody else to a page that was written is found', async (t) => {
  const expected = await recordWith(() => undefined);
  let times = 0;
  const found = await recordWith((machine) => {
    replaceLoop(machine, (host) => {
      host.run();
      const stores = new DataView(host.buffer).getUint32(REQUEST.store_count, true);
      if (stores > 0 && times++ === 0) machine.slots[0]!.bytes[COUNTER + 100]! ^= 1;
    });
  });
  t.true(times > 0);
  checkSame(t, found.rows, expected.rows);
  t.regex(found.notes[0] ?? '', UNEXPLAINED);
});

/** The instruction at an address accesses no memory, as far as the table says. */
function forgetOperandsOf({ buffer }: BurstHost, linear: bigint): void {
  const view = new DataView(buffer, ARENA.codes);
  for (let i = 0; i < CODES; i++) {
    const at = i * CODE_BYTES;
    if (view.getBigUint64(at + CODE.linear, true) !== linear) continue;
    view.setUint8(at + CODE.operand_count, 0);
  }
}
