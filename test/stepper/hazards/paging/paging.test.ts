/** Page-table and CR3 switches; Accessed and Dirty bits; control registers. */
import { hazard } from '../../../helpers/hazard.js';
import { identityPages, idt64, quadsAt } from '../../../helpers/tables.js';

// The recorder finds code through the guest's tables, with its own cache of translations.
hazard(
  'a page that is mapped elsewhere: the same bytes at another address, other bytes at the same',
  {
    mode: 'long',
    data: [identityPages(0x110000)],
    listing: `
    100000  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    10000a  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100011  c6 04 25 00 20 00 00 c3  mov byte ptr [0x2000], 0xc3
    100019  c6 04 25 00 30 00 00 f4  mov byte ptr [0x3000], 0xf4
    100021  b8 00 20 00 00        mov eax, 0x2000
    100026  ff d0                 call rax
    100028  48 c7 04 25 10 00 11 00 63 30 00 00  mov qword ptr [0x110010], 0x3063
    100034  0f 01 3c 25 00 20 00 00  invlpg [0x2000]
    10003c  ff d0                 call rax
  `,
    steps: `
    100000 mov rbx, 0xffff2000 | rbx 0→ffff2000
    10000a mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100011 mov byte ptr [0x2000], 0xc3 | [2000]:1=c3
    100019 mov byte ptr [0x3000], 0xf4 | [3000]:1=f4
    100021 mov eax, 0x2000 | rax 0→2000
    100026 call rax | rsp 200000→1ffff8; [1ffff8]:8=100028
    2000 ret | rsp 1ffff8→200000
    100028 mov qword ptr [0x110010], 0x3063 | [110010]:8=3063
    100034 invlpg [0x2000]
    10003c call rax | rsp 200000→1ffff8; [1ffff8]:8=10003e
    2000 hlt
  `,
    modifiesCode: true,
  },
);

hazard('CR3 to other tables and back: code and data change under the same addresses', {
  mode: 'long',
  data: [
    quadsAt(0x110000, [0x111023n]),
    quadsAt(0x111000, [0x112023n, 0n, 0n, 0xffff5023n]),
    quadsAt(0x112000, [0x113023n]),
    identityPages(0x113000),
  ],
  listing: `
    100000  48 c7 04 25 18 30 11 00 63 40 00 00  mov qword ptr [0x113018], 0x4063
    10000c  48 c7 04 25 00 30 00 00 33 33 00 00  mov qword ptr [0x3000], 0x3333
    100018  48 c7 04 25 00 40 00 00 44 44 00 00  mov qword ptr [0x4000], 0x4444
    100024  48 8b 04 25 00 30 00 00  mov rax, [0x3000]
    10002c  0f 20 d9              mov rcx, cr3
    10002f  bb 00 00 11 00        mov ebx, 0x110000
    100034  0f 22 db              mov cr3, rbx
    100037  48 8b 04 25 00 30 00 00  mov rax, [0x3000]
    10003f  48 c7 04 25 08 30 00 00 07 00 00 00  mov qword ptr [0x3008], 7
    10004b  0f 22 d9              mov cr3, rcx
    10004e  48 8b 04 25 08 30 00 00  mov rax, [0x3008]
    100056  48 8b 04 25 08 40 00 00  mov rax, [0x4008]
    10005e  f4                    hlt
  `,
  steps: `
    100000 mov qword ptr [0x113018], 0x4063 | [113018]:8=4063
    10000c mov qword ptr [0x3000], 0x3333 | [3000]:8=3333
    100018 mov qword ptr [0x4000], 0x4444 | [4000]:8=4444
    100024 mov rax, [0x3000] | rax 0→3333
    10002c mov rcx, cr3 | rcx 0→ffff0000
    10002f mov ebx, 0x110000 | rbx 0→110000
    100034 mov cr3, rbx | cr3 ffff0000→110000
    100037 mov rax, [0x3000] | rax 3333→4444
    10003f mov qword ptr [0x3008], 7 | [4008]:8=7
    10004b mov cr3, rcx | cr3 110000→ffff0000
    10004e mov rax, [0x3008] | rax 4444→0
    100056 mov rax, [0x4008] | rax 0→7
    10005e hlt
  `,
});

hazard('the CPU sets Accessed and Dirty bits: they are memory writes of the step', {
  mode: 'long',
  data: [
    quadsAt(
      0x110000,
      Array.from({ length: 512 }, (_, i) => BigInt(i) * 0x1000n + 3n),
    ),
  ],
  listing: `
    100000  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    10000a  48 c7 03 03 00 11 00  mov qword ptr [rbx], 0x110003
    100011  0f 01 3c 25 00 00 00 00  invlpg [0]
    100019  48 8b 04 25 00 30 00 00  mov rax, [0x3000]
    100021  48 8b 04 25 08 30 00 00  mov rax, [0x3008]
    100029  89 04 25 00 30 00 00  mov [0x3000], eax
    100030  89 04 25 00 40 00 00  mov [0x4000], eax
    100037  50                    push rax
    100038  f4                    hlt
  `,
  steps: `
    100000 mov rbx, 0xffff2000 | rbx 0→ffff2000
    10000a mov qword ptr [rbx], 0x110003 | [ffff2000]:8=110003
    100011 invlpg [0] | [110800]:1=23; [ffff2000]:1=23
    100019 mov rax, [0x3000] | [110018]:1=23
    100021 mov rax, [0x3008]
    100029 mov [0x3000], eax | [110018]:1=63
    100030 mov [0x4000], eax | [110020]:1=63
    100037 push rax | rsp 200000→1ffff8; [110ff8]:8=1ff063
    100038 hlt
  `,
});

hazard('CR0.WP and CR0.TS, CR4 and EFER writes', {
  mode: 'long',
  listing: `
    100000  0f 20 c0              mov rax, cr0
    100003  48 0f ba f0 10        btr rax, 0x10
    100008  0f 22 c0              mov cr0, rax
    10000b  48 0f ba e8 10        bts rax, 0x10
    100010  0f 22 c0              mov cr0, rax
    100013  0f 20 e0              mov rax, cr4
    100016  48 0f ba e8 07        bts rax, 7
    10001b  0f 22 e0              mov cr4, rax
    10001e  b9 80 00 00 c0        mov ecx, 0xc0000080
    100023  0f 32                 rdmsr
    100025  0f ba e8 0b           bts eax, 0xb
    100029  0f 30                 wrmsr
    10002b  f4                    hlt
  `,
  steps: `
    100000 mov rax, cr0 | rax 0→80050033
    100003 btr rax, 0x10 | rax 80050033→80040033; +cf
    100008 mov cr0, rax | cr0 80050033→80040033
    10000b bts rax, 0x10 | rax 80040033→80050033; -cf
    100010 mov cr0, rax | cr0 80040033→80050033
    100013 mov rax, cr4 | rax 80050033→620
    100016 bts rax, 7 | rax 620→6a0
    10001b mov cr4, rax | cr4 620→6a0
    10001e mov ecx, 0xc0000080 | rcx 0→c0000080
    100023 rdmsr | rax 6a0→501; input msr
    100025 bts eax, 0xb | rax 501→d01
    100029 wrmsr | efer 501→d01
    10002b hlt
  `,
});

hazard('a write to a read-only page is #PF, with WP', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100060 }), identityPages(0x110000)],
  listing: `
    100000  0f 01 1c 25 3d 00 10 00  lidt [0x10003d]
    100008  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    100012  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100019  48 c7 04 25 18 00 11 00 61 30 00 00  mov qword ptr [0x110018], 0x3061
    100025  0f 01 3c 25 00 30 00 00  invlpg [0x3000]
    10002d  48 8b 04 25 00 30 00 00  mov rax, [0x3000]
    100035  89 04 25 00 30 00 00  mov [0x3000], eax
    10003c  f4                    hlt
    10003d  ff 0f                 db
    10003f  00 10 10 00 00 00 00 00  db
    100060  58                    pop rax
    100061  0f 20 d3              mov rbx, cr2
    100064  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10003d] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0xffff2000 | rbx 0→ffff2000
    100012 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100019 mov qword ptr [0x110018], 0x3061 | [110018]:8=3061
    100025 invlpg [0x3000]
    10002d mov rax, [0x3000] | rsp 200000→1fffd0; cr2 0→3000; [1fffd0]:1=3; [1fffd8]:3=100035; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 14 at 100035 code 3 cr2 3000
    100060 pop rax | rax 0→3; rsp 1fffd0→1fffd8
    100061 mov rbx, cr2 | rbx ffff2000→3000
    100064 hlt
  `,
});
