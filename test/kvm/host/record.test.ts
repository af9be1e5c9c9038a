/** Recordings on one emulated machine: what one guest leaves is nothing to the next. */
import { enter } from './enter.js';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { GuestMemory } from '../../../src/kvm/guest-memory.js';
import type { KvmHost } from '../../../src/kvm/host/host.js';
import { LocalHost } from '../../../src/kvm/host/local.js';
import { Kvm } from '../../../src/kvm/kvm.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { recordGuest, type RecordResult } from '../../../src/recorder/record.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { code } from '../guest-code.js';
import { realMode } from '../real-mode.js';
import { emulatedTest, sharedHost } from './emulated-test.js';

const MEMORY_BYTES = 16 << 20;
const guest = (name: string) => fileURLToPath(new URL(`guests/${name}`, packageRoot));

async function record(
  name: string,
  host: KvmHost,
  maxSteps: number,
): Promise<RecordResult & { path: string }> {
  const path = join(temporaryDirectory(), 't.db');
  const result = await recordGuest({
    ...{ guest: guest(name), output: path, format: 'auto', memory: MEMORY_BYTES, maxSteps, host },
    ...{ force: false, dirty: 'auto', fpu: false, onOutput: () => undefined },
  });
  return { ...result, path };
}

emulatedTest('two recordings on one machine have the same rows', async (t) => {
  const host = sharedHost();
  const first = await record('hello/hello.elf', host, 5000);
  t.is(first.stopReason, 'debug-exit');
  await record('sample/sample.elf', host, 3000);
  const second = await record('hello/hello.elf', host, 5000);
  t.is(first.steps, second.steps);
  t.deepEqual(differences(first.path, second.path, ALL_ROWS), []);
});

emulatedTest('memory comes zeroed, whatever a guest left in it', (t) => {
  const host = sharedHost();
  const SIZE = 4 << 20;
  for (let guests = 0; guests < 3; guests++) {
    using kvm = Kvm.open(host);
    const { bytes } = new GuestMemory(kvm.createVm()).add({ gpa: 0, size: SIZE });
    t.true(bytes.every((byte) => byte === 0));
    bytes.fill(0xa5);
  }
});

emulatedTest('a guest runs its own code where another one has run', (t) => {
  const host = sharedHost();
  const exitPorts = [0x80, 0x81, 0x82].map((port) => {
    const { vcpu, kvm } = realMode(t, Uint8Array.of(0xe6, port, 0xf4), { host });
    vcpu.enter();
    const exit = vcpu.run.exit();
    kvm.close();
    return exit.kind === 'io' ? exit.port : exit.kind;
  });
  t.deepEqual(exitPorts, [0x80, 0x81, 0x82]);
});

emulatedTest('code that is written over runs as it is then', (t) => {
  const { vcpu, memory, ram } = realMode(
    t,
    code`
    e6 80  out 0x80, al
    f4     hlt
  `,
    { host: sharedHost() },
  );
  const port = (): number => {
    const regs = vcpu.getRegs();
    regs.rip = 0x1000n;
    vcpu.setRegs(regs);
    t.is(enter(vcpu), 0);
    const exit = vcpu.run.exit();
    // An OUT is completed when the guest goes on.
    t.is(enter(vcpu), 0);
    t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
    return exit.kind === 'io' ? exit.port : -1;
  };
  t.is(port(), 0x80);
  t.is(port(), 0x80);
  memory.write(0x1001, Uint8Array.of(0x90));
  t.is(port(), 0x90);
  ram.bytes[0x1001] = 0xa0;
  memory.wroteAnywhere();
  t.is(port(), 0xa0);
});

emulatedTest('50 VMs leave neither files nor memory behind', (t) => {
  const host = sharedHost();
  const use = (): void => {
    using kvm = Kvm.open(host);
    const vm = kvm.createVm();
    vm.enableDirtyRing(4096);
    const memory = new GuestMemory(vm);
    memory.add({ gpa: 0, size: 1 << 20 });
    memory.add({ gpa: 1 << 20, size: 4 << 20, fill: Uint8Array.of(0xf4) });
    vm.createVcpu(0);
  };
  const files = () => readdirSync('/proc/self/fd').length;
  /** The number that the agent gives next, and the address of the next piece of the window. */
  const next = () => {
    const fd = host.open();
    const mapping = host.mapMemory(4096);
    const page = new Uint8Array(mapping.buffer);
    const isZero = page.every((byte) => byte === 0);
    host.unmap(mapping);
    host.close(fd);
    return { fd, isZero };
  };
  use();
  const before = { files: files(), ...next() };
  for (let i = 0; i < 50; i++) use();
  t.deepEqual({ files: files(), ...next() }, before);
  // All of the window but what is reserved can be had in pieces of 4 GiB, as at first.
  const pieces = Array.from({ length: 7 }, () => host.mapMemory(2 ** 32));
  t.throws(() => host.mapMemory(2 ** 32), { message: /more than the emulated machine has left/ });
  for (const piece of pieces) host.unmap(piece);
});

const EVENTS = [
  'SELECT step, gpa, size, value FROM %.memory_write',
  'SELECT step, port, direction, size, count, hex(data) FROM %.port_io',
  'SELECT s.id, i.address, hex(i.bytes) FROM %.step s JOIN %.instruction i ON i.id = s.instruction',
];

/** Everything but the one register that counts the time for which the vCPU has run. */
const ALL_ROWS = [
  ...EVENTS,
  `SELECT w.step, r.name, w.value FROM %.register_write w JOIN %.register r ON r.id = w.register
   WHERE r.name <> 'msr_40000010'`,
];

/** What both KVMs have to agree on; MSRs and what CPUID says of the processor are each one's own. */
const SHARED_ROWS = [
  ...EVENTS,
  `SELECT w.step, r.name, w.value FROM %.register_write w JOIN %.register r ON r.id = w.register
   WHERE r.name IN ('rax','rbx','rcx','rdx','rsi','rdi','rsp','rbp','r8','r9','r10','r11','r12','r13',
     'r14','r15','rip')`,
];

/** RFLAGS after instructions that leave no flag undefined, as shifts, logic and multiplication do. */
const OTHER_FLAGS = `
  SELECT a.step, i.text, a.value, b.value FROM a.register_write a
  JOIN b.register_write b ON b.step = a.step AND b.register = a.register
  JOIN a.register r ON r.id = a.register AND r.name = 'rflags'
  JOIN a.step s ON s.id = a.step JOIN a.instruction i ON i.id = s.instruction
  WHERE (i.text LIKE 'cmp %' OR i.text LIKE 'add %' OR i.text LIKE 'sub %') AND a.value <> b.value
  LIMIT 3`;

function differences(a: string, b: string, queries: readonly string[]): unknown[] {
  const database = new Sqlite(':memory:');
  try {
    database.prepare('ATTACH ? AS a').run(a);
    database.prepare('ATTACH ? AS b').run(b);
    const flags = database.prepare(OTHER_FLAGS).all();
    const others = queries.flatMap((rows) => {
      const [left, right] = ['a', 'b'].map((name) => rows.replaceAll('%.', `${name}.`));
      return [`${left!} EXCEPT ${right!}`, `${right!} EXCEPT ${left!}`].flatMap((sql) =>
        database.prepare(`SELECT * FROM (${sql}) ORDER BY 1 LIMIT 3`).all(),
      );
    });
    return [...others, ...flags];
  } finally {
    database.close();
  }
}

function hasLocalKvm(): boolean {
  try {
    const host = new LocalHost();
    host.close(host.open());
    return true;
  } catch {
    return false;
  }
}

// The one thing here that is about the local device.
if (hasLocalKvm()) {
  for (const [name, steps] of [
    ['hello/hello.elf', 5000],
    ['sample/sample.elf', 20_000],
  ] as const) {
    emulatedTest(`${name} does the same there and on this machine's own KVM`, async (t) => {
      const there = await record(name, sharedHost(), steps);
      const here = await record(name, new LocalHost(), steps);
      t.is(there.steps, here.steps);
      t.deepEqual(differences(there.path, here.path, SHARED_ROWS), []);
    });
  }
}
