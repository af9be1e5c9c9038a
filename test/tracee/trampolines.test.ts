import { kvmTest } from '../helpers/kvm.js';
import { code } from '../kvm/guest-code.js';
import { openTracee, prepare, run, START } from './open.js';

/** Where an entry as a pointer leads: 0x00000000ffffc3f4, and past the hlt there. */
const LANDING = 0xffff_c3f5n;

/** rax is an entry's address when these begin; each ends at a hlt of its own. */
const USES = [
  {
    name: 'call the entry',
    lands: undefined,
    program: code`
    ff d0           call rax
    f4              hlt
  `,
  },
  {
    name: 'call through the entry',
    lands: LANDING,
    program: code`
    ff 10           call [rax]
    f4              hlt
  `,
  },
  {
    name: 'call through the entry with a displacement',
    lands: LANDING,
    program: code`
    ff 50 18        call [rax + 0x18]
    f4              hlt
  `,
  },
  {
    name: 'load the entry and call it',
    lands: LANDING,
    program: code`
    48 8b 00        mov rax, [rax]
    ff d0           call rax
    f4              hlt
  `,
  },
  {
    name: 'load the entry and call through it',
    lands: LANDING,
    program: code`
    48 8b 00        mov rax, [rax]
    ff 10           call [rax]
    f4              hlt
  `,
  },
  {
    name: 'load, load again with a displacement, call with another',
    lands: LANDING,
    program: code`
    48 8b 00           mov rax, [rax]
    48 8b 40 18        mov rax, [rax + 0x18]
    ff 90 98 00 00 00  call [rax + 0x98]
    f4                 hlt
  `,
  },
  {
    name: 'jump through a loaded pointer below the entry',
    lands: LANDING,
    program: code`
    48 8b 00        mov rax, [rax]
    ff 50 f8        call [rax - 8]
    f4              hlt
  `,
  },
];

const ENTRIES = [0xff00_0000n, 0xff00_0008n, 0xff12_3450n, 0xff40_0000n, 0xff7f_ff00n];

for (const { name, program, lands } of USES) {
  kvmTest(`${name}: hlt, and ret to where it came from`, (t) => {
    const tracee = openTracee(t);
    for (const entry of ENTRIES) {
      prepare(tracee, program, { rax: entry });
      t.is(run(tracee), 'ExitHalt');
      t.is(tracee.getIPtr(), lands ?? entry + 1n);
      t.is(run(tracee), 'ExitHalt');
      t.is(tracee.getIPtr(), START + BigInt(program.length), 'after the call');
    }
  });
}

kvmTest('every entry of the table is the same', (t) => {
  const { tab } = openTracee(t);
  const words = new BigUint64Array(tab.buffer, tab.byteOffset, tab.length / 8);
  t.true(words.every((word) => word === 0x0000_0000_ffff_c3f4n));
});

kvmTest('the guest writes the lower half of the table, and exits at the upper', (t) => {
  const tracee = openTracee(t);
  const program = code`
    48 89 18        mov [rax], rbx
    f4              hlt
  `;
  prepare(tracee, program, { rax: 0xff3f_fff8n, rbx: 0x1234n });
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.readWord(0xff3f_fff8), 0x1234n);
  prepare(tracee, program, { rax: 0xff40_0000n, rbx: 0x1234n });
  t.is(run(tracee), 'ExitMmio');
  t.is(tracee.event().addr, 0xff40_0000n);
  t.like(tracee.exit(), { kind: 'mmio', direction: 'write' });
  t.is(tracee.readWord(0xff40_0000), 0xffff_c3f4n);
  t.is(run(tracee), 'ExitHalt');
});
