/** Other syntaxes than Intel's; of AT&T's, objdump (GNU binutils 2.40) has said what is right. */
import test from 'ava';
import { chooseSyntax, shownText, type Syntax } from '../../src/trace/read/syntax.js';
import type { Mode } from '../../src/x86/iced.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

async function shown(syntax: Syntax, hex: string, mode: Mode = 64): Promise<string> {
  await chooseSyntax(syntax);
  try {
    return shownText({ rip: 0x10_0000n, mode, bytes: Buffer.from(hex, 'hex'), text: 'as stored' });
  } finally {
    await chooseSyntax('intel');
  }
}

test.serial('AT&T', async (t) => {
  t.is(await shown('att', '488b4308'), 'mov 0x8(%rbx),%rax');
  t.is(await shown('att', '0fbe7901'), 'movsbl 0x1(%rcx),%edi');
  t.is(await shown('att', '48b80500000001000000'), 'movabs $0x100000005,%rax');
  t.is(await shown('att', 'e80b000000'), 'call 0x100010');
  t.is(await shown('att', 'ffd0'), 'call *%rax');
  t.is(await shown('att', '8b07', 16), 'mov (%bx),%ax');
});

test.serial('MASM and Intel', async (t) => {
  t.is(await shown('masm', '488b4308'), 'mov rax,[rbx+8]');
  t.is(await shown('masm', 'bafd030000'), 'mov edx,3FDh');
  t.is(await shown('masm', '48b80500000001000000'), 'mov rax,100000005h');
  t.is(await shown('masm', 'b8ff000000'), 'mov eax,0FFh');
  t.is(await shown('intel', '488b4308'), 'as stored');
  t.is(await shown('att', '0606'), 'as stored', 'no instruction');
});

test('steps, state, hot and why take it, in text and JSON', (t) => {
  const path = writeFixtureTrace({
    initial: { rbx: 0x5000, cr0: 0x11 },
    steps: [
      { rip: 0x1000, bytes: '488b4308', text: 'mov rax, [rbx+8]', registers: { rax: 3 } },
      { rip: 0x1004, bytes: '48ffc0', text: 'inc rax', registers: { rax: 4 } },
    ],
  });
  for (const args of [['steps'], ['state', '--at', '0'], ['hot'], ['why', 'rax', '--at', '1']]) {
    const [name, ...rest] = args;
    for (const format of [[], ['--format', 'json']]) {
      const { stdout, stderr } = kvmtrace([name!, path, ...rest, '--syntax', 'att', ...format]);
      t.regex(stdout, /mov 0x8\(%rbx\),%rax/, `${args.join(' ')} ${stderr}`);
    }
  }
  t.is(kvmtrace(['steps', path, '--syntax', 'nasm']).code, 2);
});
