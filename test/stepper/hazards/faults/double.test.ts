/** Double and triple faults, and code that is not there. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

hazard('double fault: #PF without a handler', {
  mode: 'long',
  data: [idt64(0x101000, { 8: 0x100060 })],
  listing: `
    100000  0f 01 1c 25 16 00 10 00  lidt [0x100016]
    100008  48 bb bc 9a 78 56 34 12 00 00  mov rbx, 0x123456789abc
    100012  48 8b 03              mov rax, [rbx]
    100015  f4                    hlt
    100016  8f 00                 db
    100018  00 10 10 00 00 00 00 00  db
    100060  58                    pop rax
    100061  0f 20 d3              mov rbx, cr2
    100064  f4                    hlt
  `,
  steps: `
    100000 lidt [0x100016] | idtr_base 0→101000; idtr_limit 0→8f
    100008 mov rbx, 0x123456789abc | rbx 0→123456789abc; rsp 200000→1fffd0; cr2 0→123456789abc; [1fffd8]:3=100012; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 8 at 100012 code 0
    100060 pop rax | rsp 1fffd0→1fffd8
    100061 mov rbx, cr2
    100064 hlt
  `,
});

hazard('double fault: the gate of #GP is not present', {
  mode: 'long',
  data: [idt64(0x101000, { 8: 0x100060, 13: 0x100070 }, { access: 0x8e00n })],
  listing: `
    100000  0f 01 1c 25 18 00 10 00  lidt [0x100018]
    100008  c6 04 25 d5 10 10 00 00  mov byte ptr [0x1010d5], 0
    100010  b8 30 12 00 00        mov eax, 0x1230
    100015  8e d8                 mov ds, ax
    100017  f4                    hlt
    100018  ff 0f                 db
    10001a  00 10 10 00 00 00 00 00  db
    100060  58                    pop rax
    100061  f4                    hlt
  `,
  steps: `
    100000 lidt [0x100018] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov byte ptr [0x1010d5], 0 | [1010d5]:1=0
    100010 mov eax, 0x1230 | rax 0→1230; rsp 200000→1fffd0; [1fffd8]:3=100015; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 8 at 100015 code 0
    100060 pop rax | rax 1230→0; rsp 1fffd0→1fffd8
    100061 hlt
  `,
});

hazard('triple fault: the double fault has no handler either', {
  mode: 'long',
  data: [idt64(0x101000, { 8: 0x100060 }, { access: 0x0e00n })],
  listing: `
    100000  0f 01 1c 25 16 00 10 00  lidt [0x100016]
    100008  b8 05 00 00 00        mov eax, 5
    10000d  48 8b 04 25 00 00 00 80  mov rax, [0xffffffff80000000]
    100015  f4                    hlt
    100016  ff 0f                 db
    100018  00 10 10 00 00 00 00 00  db
  `,
  steps: `
    100000 lidt [0x100016] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov eax, 5 | rax 0→5
  `,
  stop: 'shutdown',
});

hazard('triple fault in protected mode', {
  mode: 'protected',
  listing: `
    100000  b8 30 12 00 00        mov eax, 0x1230
    100005  8e d8                 mov ds, ax
    100007  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0x1230 | rax 0→1230
  `,
  stop: 'shutdown',
});

hazard('CR3 to nowhere', {
  mode: 'long',
  listing: `
    100000  b8 00 00 00 40        mov eax, 0x40000000
    100005  0f 22 d8              mov cr3, rax
    100008  90                    nop
    100009  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0x40000000 | rax 0→40000000
    100005 mov cr3, rax | cr3 ffff0000→40000000
  `,
  stop: 'shutdown',
});

hazard('a fetch from nowhere', {
  mode: 'long',
  listing: `
    100000  b8 00 00 00 40        mov eax, 0x40000000
    100005  ff e0                 jmp rax
  `,
  steps: `
    100000 mov eax, 0x40000000 | rax 0→40000000
    100005 jmp rax
  `,
  stop: 'internal-error',
});
