/** Debian's gdb on traces in three modes, by script. */
import test from 'ava';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { answers, gdbKvmTest, gdbTest, runGdb } from '../helpers/gdb.js';
import { kvmtrace } from '../helpers/cli.js';
import { recordTrace } from '../helpers/guest.js';

const hello = fileURLToPath(new URL('traces/hello.db', packageRoot));
const source = fileURLToPath(new URL('test/gdb/guests/lines.c', packageRoot));

/** The number of the line of lines.c that has some text. */
function line(text: string): number {
  return (
    readFileSync(source, 'utf8')
      .split('\n')
      .findIndex((each) => each.includes(text)) + 1
  );
}

gdbTest('long mode: breakpoints, calls and the end of history, both ways', (t) => {
  const output = runGdb(hello, [
    'break fibonacci',
    'continue',
    'backtrace',
    'tbreak serial_put',
    'condition 1 $rdi == 1',
    'delete 2',
    'continue',
    'print $rdi',
    'reverse-stepi',
    'x/i $pc',
    'reverse-continue',
    'delete',
    'continue',
    'continue',
    'reverse-continue',
    'hbreak *main+0x13',
    'continue',
  ]);
  const [
    ,
    first,
    stack,
    ,
    ,
    ,
    conditional,
    value,
    back,
    before,
    beginning,
    ,
    end,
    again,
    start,
    ,
    hit,
  ] = answers(output);
  t.regex(first!, /Breakpoint 1, .*fibonacci/);
  t.regex(stack!, /#0 .*fibonacci.*\n#1 .*main/);
  t.regex(conditional!, /Breakpoint 1, .*fibonacci/);
  t.is(value, '$1 = 1');
  t.regex(back!, /fibonacci \(\)/);
  t.regex(before!, /call/);
  t.regex(beginning!, /No more reverse-execution history/);
  t.regex(output, /The recording ends here, with state 1865/);
  t.regex(end!, /No more reverse-execution history/);
  t.regex(again!, /No more reverse-execution history/);
  t.regex(start!, /No more reverse-execution history.*\n.*_start/);
  t.regex(hit!, /Breakpoint \d, .*main/);
});

gdbTest('registers of the machine, and writes that are refused', (t) => {
  const output = runGdb(hello, [
    'info registers cr3 cs gdtr_base efer',
    'print/x $cs_base',
    'set var $rax = 5',
    'set var *(char *) 0x100000 = 1',
    'maintenance packet Qqemu.PhyMemMode:1',
    'x/2xb 0x100000',
    'monitor when',
  ]);
  const [registers, base, register, memory, , bytes] = answers(output);
  t.regex(registers!, /cr3 +0xffff0000 .*\ncs +0x8 .*\ngdtr_base +0xffff6000 .*\nefer +0x501/);
  t.is(base, '$1 = 0x0');
  t.regex(register!, /kvmtrace replay \S+hello\.db --from 0 --set 'rax=0x5' -o other\.db records/);
  t.regex(memory!, /Cannot access memory at address 0x100000/);
  t.regex(output, /--set '\[0x100000\]=01' -o other\.db/);
  t.regex(bytes!, /0x31\s+0xed/);
  t.regex(output, /step 0 of 1865/);
});

gdbKvmTest('source lines: step, next, finish, and back; variables watched both ways', async (t) => {
  const guest = buildGuest('lines.c', { folder: 'gdb', flags: ['-O0', '-g'] });
  const trace = await recordBuilt(guest);
  const output = runGdb(trace, [
    'break main',
    'continue',
    'next',
    'next',
    'step',
    'reverse-finish',
    'reverse-step',
    'info symbol $pc',
    'step',
    'finish',
    'delete',
    'watch total',
    'continue',
    'continue',
    'reverse-continue',
    'reverse-continue',
    'delete',
    'rwatch total',
    'continue',
    'delete',
    'awatch total',
    'reverse-continue',
    'delete',
    'break twice if n == 3',
    'continue',
    'print n',
    'delete',
    'reverse-next',
    'backtrace',
  ]);
  const replies = answers(output);
  const reply = (command: string, nth = 1): string => {
    const asked = [...output.matchAll(/^>>> (.*)$/gm)].map(([, text]) => text);
    let index = -1;
    for (let i = 0; i < nth; i++) index = asked.indexOf(command, index + 1);
    return replies[index]!;
  };
  const at = (text: string, which: string): void => {
    t.regex(text, new RegExp(`^${line(which)}\\s`, 'm'));
  };
  t.regex(reply('continue'), /Breakpoint 1, main \(\) at .*lines\.c/);
  at(reply('continue'), 'total = 1');
  at(reply('next'), 'for (int i');
  at(reply('next', 2), 'twice(i);');
  t.regex(reply('step'), /^twice \(n=1\)/m);
  at(reply('step'), 'n * 2');
  t.regex(reply('finish'), /Value returned is \$1 = 2/);
  t.regex(reply('reverse-finish'), /in main \(\)/);
  at(reply('reverse-finish'), 'twice(i);');
  t.regex(reply('info symbol $pc'), /main \+ 27/, 'the beginning of the line');
  t.regex(reply('continue', 2), /Old value = 1\s+New value = 3/);
  t.regex(reply('continue', 3), /Old value = 3\s+New value = 7/);
  t.regex(reply('reverse-continue'), /Old value = 7\s+New value = 3/);
  t.regex(reply('reverse-continue', 2), /Old value = 3\s+New value = 1/);
  t.regex(reply('continue', 4), /Hardware read watchpoint \d+: total\s+Value = 3/);
  t.regex(reply('reverse-continue', 3), /Hardware access .*watchpoint \d+: total/);
  t.is(reply('print n'), '$2 = 3');
  t.regex(reply('backtrace'), /main \(\) at .*lines\.c/);
});

gdbKvmTest('protected mode', async (t) => {
  const trace = await recordTrace({
    mode: 'protected',
    listing: `
      100000  b8 05 00 00 00        mov eax, 5
      100005  a3 00 20 00 00        mov [0x2000], eax
      10000a  40                    inc eax
      10000b  a3 00 20 00 00        mov [0x2000], eax
      100010  f4                    hlt
    `,
  });
  const output = runGdb(trace, [
    'watch *(int *) 0x2000',
    'continue',
    'continue',
    'reverse-continue',
    'x/i $pc',
    'print $eax',
    'info registers cr0 cs',
    'show architecture',
  ]);
  const [, first, second, undone, code, eax, registers, architecture] = answers(output);
  t.regex(first!, /Old value = 0\s+New value = 5/);
  t.regex(second!, /Old value = 5\s+New value = 6/);
  t.regex(undone!, /Old value = 6\s+New value = 5/);
  t.regex(code!, /=> 0x10000b:\s+mov\s+%eax,0x2000/);
  t.is(eax, '$1 = 6');
  t.regex(registers!, /cr0 +0x50033 .*\ncs +0x8/);
  t.regex(architecture!, /"i386"/);
});

gdbKvmTest(
  'real mode: addresses have the base of the code segment, and a switch of mode is told',
  async (t) => {
    const trace = await recordTrace({
      mode: 'real',
      listing: `
      7c00  ea 05 00 c0 07        jmp far 0x7c0:5
      bits 16 base 7c00
      7c05  b8 34 12              mov ax, 0x1234
      7c08  0f 01 16 30 7c        lgdt [0x7c30]
      7c0d  0f 20 c0              mov eax, cr0
      7c10  0c 01                 or al, 1
      7c12  0f 22 c0              mov cr0, eax
      7c15  66 ea 1d 7c 00 00 08 00  jmp far 0x8:0x7c1d
      bits 32
      7c1d  40                    inc eax
      7c1e  f4                    hlt
      7c20  00 00 00 00 00 00 00 00 ff ff 00 00 00 9b cf 00  db
      7c30  0f 00 20 7c 00 00     db
    `,
    });
    const output = runGdb(trace, [
      'show architecture',
      'break *0x7c08',
      'continue',
      'x/i $pc',
      'print/x $ax',
      'print/x $ip',
      'print/x $cs_base',
      'stepi',
      'stepi 4',
      'reverse-stepi',
    ]);
    const [architecture, , hit, code, ax, ip, base] = answers(output);
    t.regex(architecture!, /"i8086"/);
    t.regex(hit!, /Breakpoint 1, 0x00007c08/);
    t.regex(code!, /lgdt/);
    t.is(ax, '$1 = 0x1234');
    t.is(ip, '$2 = 0x8');
    t.is(base, '$3 = 0x7c00');
    t.regex(output, /step 7 runs 32-bit code, and gdb has taken the guest for 16-bit/);
    const later = runGdb(trace, ['show architecture', 'x/i $pc'], '--at 7');
    const [after, next] = answers(later);
    t.regex(after!, /"i386"/);
    t.regex(next!, /=> 0x7c1d:\s+inc\s+%eax/);
  },
);

test('what cannot be served is told in a sentence', (t) => {
  const commands = [
    [['nothing.db'], 2, /nothing\.db/],
    [[hello, '--at', '99999', '--stdio'], 2, /has no state 99999/],
    [[hello, '--listen', 'nonsense'], 2, /--listen nonsense: give a port/],
    [[hello, '--symbols', 'nowhere.elf'], 2, /--symbols nowhere\.elf is not there/],
    [[hello, '--listen', '203.0.113.1:1234'], 3, /203\.0\.113\.1:1234 cannot be listened at/],
  ] as const;
  for (const [args, code, message] of commands) {
    const result = kvmtrace(['gdb', ...args]);
    t.is(result.code, code, result.stderr);
    t.regex(result.stderr, message);
  }
});
