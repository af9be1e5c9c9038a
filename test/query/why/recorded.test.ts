/** Questions to recorded guests whose answers are known because the guests were written for them. */
import type { ExecutionContext } from 'ava';
import { Trace } from '../../../src/query/trace.js';
import type { WhyTarget } from '../../../src/query/why/target.js';
import type { WhyNode } from '../../../src/query/why/why.js';
import { BITS, recordTrace, type Guest, type GuestRecordOptions } from '../../helpers/guest.js';
import { kvmTest } from '../../helpers/kvm.js';
import { checkListing, parseListing } from '../../helpers/listing.js';
import { idt64 } from '../../helpers/tables.js';

type Ask = (n: number, target: WhyTarget, addresses?: boolean) => string;

async function asking(
  t: ExecutionContext,
  guest: Guest,
  options?: GuestRecordOptions,
): Promise<{ ask: Ask } & Disposable> {
  t.deepEqual(checkListing(parseListing(guest.listing, BITS[guest.mode])), [], 'the listing');
  const trace = Trace.open(await recordTrace(guest, options));
  return {
    ask: (n, target, addresses = false) => show(trace.why(n, target, { addresses })),
    [Symbol.dispose]: () => {
      trace.close();
    },
  };
}

/** `zf=1 computed 9 (esi=40 <8 [0x1ffff8]:4 initial)`: value, copies, origin, step, sources. */
function show({ name, value, copies, origin, step, detail, sources }: WhyNode): string {
  const moved = copies.map((copy) => ` <${copy.step} ${copy.name}`).join('');
  const where = [origin, step, detail].filter((each) => each !== undefined).join(' ');
  const from = sources.length === 0 ? '' : ` (${sources.map(show).join('; ')})`;
  return `${name}=${value?.toString(16) ?? '?'}${moved} ${where}${from}`;
}

kvmTest('an input, through a table, memory and the stack, to a flag', async (t) => {
  const guest = {
    mode: 'long',
    listing: `
      100000  ba f8 03 00 00              mov edx, 0x3f8
      100005  ec                          in al, dx
      100006  0f b6 d8                    movzx ebx, al
      100009  83 e3 03                    and ebx, 3
      10000c  0f b6 8b 60 00 10 00        movzx ecx, byte ptr [rbx+0x100060]
      100013  89 0c 25 00 50 00 00        mov [0x5000], ecx
      10001a  8b 14 25 00 50 00 00        mov edx, [0x5000]
      100021  52                          push rdx
      100022  5e                          pop rsi
      100023  83 fe 40                    cmp esi, 0x40
      100026  40 0f 94 c7                 sete dil
      10002a  89 d8                       mov eax, ebx
      10002c  bb 60 00 10 00              mov ebx, 0x100060
      100031  d7                          xlat [rbx]
      100032  f4                          hlt
      100060  10 20 30 40                 db
    `,
  } as const;
  using asked = await asking(t, guest, { input: 'C' });
  const { ask } = asked;
  const byte = 'ebx=43 <2 al input 1 port 0x3f8';
  const index = `rbx=3 computed 3 (${byte})`;
  t.is(ask(4, 'ebx'), `ebx=3 computed 3 (${byte})`);
  const loaded = '<5 ecx <4 [0x100063]:1 initial';
  t.is(ask(6, { gva: 0x5000n, length: 4 }), `[0x5000]:4=40 ${loaded}`);
  t.is(ask(6, { gva: 0x5000n, length: 4 }, true), `[0x5000]:4=40 ${loaded} (${index})`);
  const compared = `esi=40 <8 [0x1ffff8]:4 <7 edx <6 [0x5000]:4 ${loaded}`;
  t.is(ask(10, 'zf', true), `zf=1 computed 9 (${compared} (${index}))`);
  t.is(ask(11, 'dil'), `dil=1 computed 10 (zf=1 computed 9 (${compared}))`);
  t.is(ask(14, 'al'), 'al=40 <13 [0x100063]:1 initial');
  const indexes = `rbx=100060 constant 12; al=3 <11 bl computed 3 (${byte})`;
  t.is(ask(14, 'al', true), `al=40 <13 [0x100063]:1 initial (${indexes})`);
});

kvmTest('CMPXCHG8B that fails and that stores, BT far from its base', async (t) => {
  const guest = {
    mode: 'long',
    listing: `
      100000  be 00 50 00 00              mov esi, 0x5000
      100005  48 c7 06 07 00 00 00        mov qword ptr [rsi], 7
      10000c  b8 01 00 00 00              mov eax, 1
      100011  ba 02 00 00 00              mov edx, 2
      100016  bb 03 00 00 00              mov ebx, 3
      10001b  b9 04 00 00 00              mov ecx, 4
      100020  0f c7 0e                    cmpxchg8b [rsi]
      100023  b8 07 00 00 00              mov eax, 7
      100028  ba 00 00 00 00              mov edx, 0
      10002d  0f c7 0e                    cmpxchg8b [rsi]
      100030  bf 00 50 00 00              mov edi, 0x5000
      100035  c6 46 7d 01                 mov byte ptr [rsi+0x7d], 1
      100039  b8 e8 03 00 00              mov eax, 0x3e8
      10003e  48 0f a3 07                 bt [rdi], rax
      100042  0f 92 c1                    setb cl
      100045  f4                          hlt
    `,
  } as const;
  using asked = await asking(t, guest);
  const { ask } = asked;
  const memory = { gva: 0x5000n, length: 8 };
  t.is(ask(7, memory), '[0x5000]:8=7 constant 1', 'it failed');
  t.is(ask(7, 'eax'), 'eax=7 <6 [0x5000]:4 constant 1');
  t.is(ask(7, 'edx'), 'edx=0 <6 [0x5004]:4 constant 1');
  t.is(ask(10, memory), '[0x5000]:8=400000003 computed 9 (ebx=3 constant 4; ecx=4 constant 5)');
  t.is(ask(10, { gva: 0x5004n, length: 4 }), '[0x5004]:4=4 <9 ecx constant 5', 'it stored');
  t.is(ask(10, 'eax'), 'eax=7 constant 7');
  const bits = '[0x5078]:8=10000000000 computed 11 ([0x5078]:5=0 initial; [0x507e]:2=0 initial)';
  t.is(ask(14, 'cf'), `cf=1 computed 13 (${bits}; rax=3e8 constant 12)`);
});

kvmTest('what the delivery of an exception and its return leave', async (t) => {
  const guest = {
    mode: 'long',
    data: [idt64(0x101000, { 6: 0x100040 })],
    listing: `
      100000  0f 01 1c 25 10 00 10 00     lidt [0x100010]
      100008  0f 0b                       ud2
      10000a  b8 01 00 00 00              mov eax, 1
      10000f  f4                          hlt
      100010  ff 0f                       db
      100012  00 10 10 00 00 00 00 00     db
      100040  90                          nop
      100041  48 81 04 24 02 00 00 00     add qword ptr [rsp], 2
      100049  48 cf                       iretq
    `,
  } as const;
  using asked = await asking(t, guest);
  const { ask } = asked;
  t.is(ask(2, 'rsp'), 'rsp=1fffd8 delivery 0 fault 6');
  t.is(ask(2, { gva: 0x1fffd8n, length: 8 }), '[0x1fffd8]:8=100008 delivery 0 fault 6');
  const returned = '[0x1fffd8]:8=10000a computed 2 ([0x1fffd8]:8=100008 delivery 0 fault 6)';
  t.is(ask(3, { gva: 0x1fffd8n, length: 8 }), returned);
  t.is(ask(4, 'rsp'), 'rsp=200000 <3 [0x1ffff0]:8 delivery 0 fault 6');
  t.is(ask(4, 'zf'), 'zf=0 computed 3 ([0x1fffe8]:8=10002 delivery 0 fault 6)');
});
