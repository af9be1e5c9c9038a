/** Memory full of a pattern: it costs what is written to, and both sides see each other's writes. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { Tracee } from '../../../src/tracee/tracee.js';
import { code } from '../guest-code.js';
import { emulatedTest, sharedHost } from './emulated-test.js';

const CODE = 0x10_0000n;
const MIB = 1 << 20;

/** Memory of a process; of one that maps the machine's RAM too, its share of it. */
function residentBytes(pid: number | 'self'): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024;
}

/** The QEMU of this process: its parent is the shell that keeps it. */
function qemuPid(): number {
  const parentOf = (pid: number) => {
    const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    return Number(parent);
  };
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (!command.startsWith('qemu-system')) continue;
      if (parentOf(parentOf(Number(name))) === process.pid) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('no QEMU');
}

/** movs to and from [rbx], 8 bytes of rax; each ends with hlt. */
const STORE = code`
  48 89 03  mov [rbx], rax
  f4        hlt
`;
const LOAD = code`
  48 8b 03  mov rax, [rbx]
  f4        hlt
`;

function open(): Tracee {
  sharedHost();
  return Tracee.open({ host: 'emulated' });
}

function guestStore(tracee: Tracee, address: bigint, value: bigint): void {
  tracee.write(CODE, STORE);
  tracee.setRegs({ rip: CODE, rbx: address, rax: value });
  tracee.run();
}

function guestLoad(tracee: Tracee, address: bigint): bigint {
  tracee.write(CODE, LOAD);
  tracee.setRegs({ rip: CODE, rbx: address, rax: 0n });
  tracee.run();
  return tracee.getRegs().rax;
}

emulatedTest('2 GiB full of hlt cost little', (t) => {
  sharedHost();
  const qemu = qemuPid();
  const used = () => residentBytes('self') + residentBytes(qemu);
  const before = used();
  using tracee = open();
  t.is(tracee.regions[0]!.data.length, 2048 * MIB);
  t.deepEqual([...tracee.read(0x7fff_fff0, 4)], [0xf4, 0xf4, 0xf4, 0xf4]);
  for (let i = 0n; i < 20n; i++)
    guestStore(tracee, 0x1000_0000n * (i % 8n) + i * 0x3000n + 0x20_0000n, i);
  const grown = used() - before;
  t.log(`${(grown / MIB).toFixed(1)} MiB`);
  t.true(grown < 64 * MIB, `${grown} bytes`);
});

emulatedTest('what was written last is what everybody reads', (t) => {
  using tracee = open();
  const { data } = tracee.regions[0]!;
  const model = new Map<number, bigint>();
  const HLTS = 0xf4f4_f4f4_f4f4_f4f4n;
  /** Words of 8 bytes in pages that touch and in pages far from each other. */
  const places = [0x20_0000, 0x20_0ff8, 0x20_1000, 0x40_0008, 0x5000_0000, 0x7fff_fff8];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const writers = {
    guest: (at: number, value: bigint) => {
      guestStore(tracee, BigInt(at), value);
    },
    view: (at: number, value: bigint) => {
      view.setBigUint64(at, value, true);
    },
    write: (at: number, value: bigint) => {
      tracee.writeWord(at, value);
    },
  };
  const readers = {
    guest: (at: number) => guestLoad(tracee, BigInt(at)),
    view: (at: number) => view.getBigUint64(at, true),
    read: (at: number) => tracee.readWord(at),
  };
  type Writer = keyof typeof writers;
  type Reader = keyof typeof readers;
  const action = fc.record({
    at: fc.constantFrom(...places),
    writer: fc.constantFrom<(Writer | undefined)[]>('guest', 'view', 'write', undefined),
    value: fc.bigInt(0n, 2n ** 64n - 1n),
    reader: fc.constantFrom<Reader[]>('guest', 'view', 'read'),
    from: fc.constantFrom(...places),
  });
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), (actions) => {
      for (const { at, writer, value, reader, from } of actions) {
        if (writer !== undefined) {
          writers[writer](at, value);
          model.set(at, value);
        }
        t.is(readers[reader](from), model.get(from) ?? HLTS);
      }
    }),
    { numRuns: 12 },
  );
});

emulatedTest('code that is written through the view runs', (t) => {
  using tracee = open();
  const { data } = tracee.regions[0]!;
  const at = Number(CODE);
  for (const port of [0x80, 0x81, 0x82]) {
    data.set([0xe6, port, 0xf4], at);
    tracee.setRegs({ rip: CODE });
    tracee.run();
    const exit = tracee.exit()!;
    t.is(exit.kind === 'io' && exit.port, port);
    // An OUT is completed when the guest goes on.
    tracee.run();
    t.deepEqual(tracee.exit(), { kind: 'hlt' });
  }
});
