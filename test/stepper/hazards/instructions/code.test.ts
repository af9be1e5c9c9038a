/** Code that modifies itself, crosses pages, or is mapped anew. */
import { hazard } from '../../../helpers/hazard.js';
import { identityPages, idt64 } from '../../../helpers/tables.js';

hazard('code that modifies the instruction behind it', {
  mode: 'long',
  listing: `
    100000  c6 04 25 09 00 10 00 c3  mov byte ptr [0x100009], 0xc3
    100008  ff c0                 inc eax
    10000a  66 c7 04 25 14 00 10 00 90 90  mov word ptr [0x100014], 0x9090
    100014  0f 0b                 ud2
    100016  90                    nop
    100017  f4                    hlt
  `,
  steps: `
    100000 mov byte ptr [0x100009], 0xc3 | [100009]:1=c3
    100008 inc ebx | rbx 0→1
    10000a mov word ptr [0x100014], 0x9090 | [100014]:2=9090
    100014 nop
    100015 nop
    100016 nop
    100017 hlt
  `,
  modifiesCode: true,
});

hazard('code that modifies itself in a loop: the same address, other bytes', {
  mode: 'real',
  listing: `
    7c00  b9 03 00              mov cx, 3
    7c03  b0 01                 db                       ;code mov al, 1
    7c05  fe 06 04 7c           inc byte ptr [0x7c04]
    7c09  e2 f8                 loop 0x7c03
    7c0b  f4                    hlt
  `,
  steps: `
    7c00 mov cx, 3 | rcx 0→3
    7c03 mov al, 1 | rax 0→1
    7c05 inc byte ptr [0x7c04] | [7c04]:1=2
    7c09 loop 0x7c03 | rcx 3→2
    7c03 mov al, 2 | rax 1→2
    7c05 inc byte ptr [0x7c04] | +pf; [7c04]:1=3
    7c09 loop 0x7c03 | rcx 2→1
    7c03 mov al, 3 | rax 2→3
    7c05 inc byte ptr [0x7c04] | -pf; [7c04]:1=4
    7c09 loop 0x7c03 | rcx 1→0
    7c0b hlt
  `,
  modifiesCode: true,
});

hazard('code written by REP STOS and then run', {
  mode: 'real',
  listing: `
    7c00  bf 00 06              mov di, 0x600
    7c03  b9 03 00              mov cx, 3
    7c06  b0 90                 mov al, 0x90
    7c08  f3 aa                 rep stosb [di]
    7c0a  c6 06 03 06 f4        mov byte ptr [0x603], 0xf4
    7c0f  e9 ee 89              jmp 0x600
  `,
  steps: `
    7c00 mov di, 0x600 | rdi 0→600
    7c03 mov cx, 3 | rcx 0→3
    7c06 mov al, 0x90 | rax 0→90
    7c08 rep stosb [di] | rcx 3→0; rdi 600→603; [600]:3=909090
    7c0a mov byte ptr [0x603], 0xf4 | [603]:1=f4
    7c0f jmp 0x600
    600 nop
    601 nop
    602 nop
    603 hlt
  `,
  modifiesCode: true,
});

hazard('an instruction that crosses a page', {
  mode: 'long',
  listing: `
    100000  e9 f6 0f 00 00        jmp 0x100ffb
    100ffb  48 b8 88 77 66 55 44 33 22 11  mov rax, 0x1122334455667788
    101005  90                    nop
    101006  f4                    hlt
  `,
  steps: `
    100000 jmp 0x100ffb
    100ffb mov rax, 0x1122334455667788 | rax 0→1122334455667788
    101005 nop
    101006 hlt
  `,
});

// Its second half is at gpa 0x5000, where gva 0x101000 leads.
hazard('an instruction across two pages that are not side by side in memory', {
  mode: 'long',
  data: [identityPages(0x110000, { 0x101: 0x5063n })],
  listing: `
    100000  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    10000a  c7 04 25 00 50 00 00 22 33 44 f4  mov dword ptr [0x5000], 0xf4443322
    100015  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    10001c  e9 dd 0f 00 00        jmp 0x100ffe
    100ffe  b8 11                 db                     ; mov eax, of which the rest lies elsewhere
  `,
  steps: `
    100000 mov rbx, 0xffff2000 | rbx 0→ffff2000
    10000a mov dword ptr [0x5000], 0xf4443322 | [5000]:4=f4443322
    100015 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    10001c jmp 0x100ffe
    100ffe mov eax, 0x44332211 | rax 0→44332211
    101003 hlt
  `,
  modifiesCode: true,
});

hazard('an instruction that crosses into a page that is not there: #PF for the second page', {
  mode: 'long',
  data: [idt64(0x111000, { 14: 0x100060 }), identityPages(0x110000, { 0x101: 0n })],
  listing: `
    100000  0f 01 1c 25 1e 00 10 00  lidt [0x10001e]
    100008  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    100012  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100019  e9 e0 0f 00 00        jmp 0x100ffe
    10001e  ff 0f                 db
    100020  00 10 11 00 00 00 00 00  db
    100060  0f 20 d0              mov rax, cr2
    100063  f4                    hlt
    100ffe  b8 11                 db
  `,
  steps: `
    100000 lidt [0x10001e] | idtr_base 0→111000; idtr_limit 0→fff
    100008 mov rbx, 0xffff2000 | rbx 0→ffff2000
    100012 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100019 jmp 0x100ffe | rsp 200000→1fffd0; cr2 0→101000; [1fffd8]:3=100ffe; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 14 at 100ffe code 0 cr2 101000
    100060 mov rax, cr2 | rax 0→101000
    100063 hlt
  `,
});

hazard('an instruction of 15 bytes, and one of 16, which is #GP', {
  mode: 'real',
  listing: `
    7c00  c7 06 34 00 25 7c     mov word ptr [0x34], 0x7c25
    7c06  2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 8b 07  mov ax, cs:[bx]
    7c15  2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 8b 07  db
    7c25  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x34], 0x7c25 | [34]:2=7c25
    7c06 mov ax, cs:[bx] | rsp 7c00→7bfa; [7bfa]:5=200007c15
    -- fault 13 at 7c15
    7c25 hlt
  `,
});
