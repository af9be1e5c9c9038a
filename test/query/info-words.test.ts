import test from 'ava';
import { infoLines } from '../../src/query/info-words.js';
import type { MetaValue } from '../../src/trace/read/meta.js';

const main = { address: 0x1000n, size: 16, kind: 'function', name: '_Z4mainv' };

function lines(meta: Readonly<Record<string, MetaValue>>): string[] {
  return infoLines(new Map(Object.entries(meta)), (address) =>
    address >= 0x1000n && address < 0x1010n
      ? { symbol: main, offset: address - 0x1000n }
      : undefined,
  ).map(([name, text]) => `${name}: ${text}`);
}

test('the guest, how it started and ended, who recorded it', (t) => {
  t.deepEqual(
    lines({
      ...{ guest: 'g.elf', guest_format: 'elf', guest_sha256: 'abc', mode: 'long' },
      ...{ memory: 64n << 20n, load: 0x1000n, entry: 0x1000n, final_rip: 0x1004n, exit_code: 3n },
      ...{ tool_version: '1.2', format_version: 1n, dirty_mode: 'ring', fpu: 0n },
      ...{ snapshot_every: 1000n, steps: 5n, complete: 1n, segments: '0x0@0x0+0x1' },
    }),
    [
      'guest: g.elf, an ELF file',
      'its SHA-256: abc',
      'started: in 64-bit long mode, with 64 MiB of memory, loaded at 0x1000, entered at 0x1000 (main())',
      'ended: at 0x1004 (main()+0x4), with exit code 3',
      'recorded by: kvmtrace 1.2, trace format 1, memory by the dirty ring, without vector registers, a snapshot every 1000 steps',
    ],
  );
});

test('a branch, addresses at the top, sizes that are no whole MiB', (t) => {
  t.deepEqual(
    lines({
      ...{ parent: 'p.db', parent_step: 7n, parent_sets: 'rax=5', steps_before: 17n },
      ...{ memory: 1500n, final_rip: -0x8000_0000n },
    }),
    [
      'started: with 1.5 kB of memory',
      'ended: at 0xffffffff80000000',
      "branched off: p.db, state 7, with rax=5, 17 steps after the guest's start",
    ],
  );
});

test('what another version says stays to be read, and what is missing is not told', (t) => {
  t.deepEqual(lines({ later: 'x', guest_format: 'constructor', fpu: null }), [
    'guest: constructor',
    'later: x',
  ]);
});
