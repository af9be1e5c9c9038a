/** Software interrupts and IRETD in protected and long mode, which kvmtrace delivers where KVM refuses. */
import { hazard } from '../../../helpers/hazard.js';
import { idt32, idt64 } from '../../../helpers/tables.js';

hazard('INT n, INT3 and IRETQ in long mode', {
  mode: 'long',
  data: [idt64(0x101000, { 3: 0x100040, 0x80: 0x100050 })],
  listing: `
    100000  0f 01 1c 25 14 00 10 00  lidt [0x100014]
    100008  cd 80                 int 0x80
    10000a  b8 01 00 00 00        mov eax, 1
    10000f  cc                    int3
    100010  90                    nop
    100011  cd 03                 int 3
    100013  f4                    hlt
    100014  0f 08                 db
    100016  00 10 10 00 00 00 00 00  db
    100040  90                    nop
    100041  48 cf                 iretq
    100050  90                    nop
    100051  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100014] | idtr_base 0→101000; idtr_limit 0→80f
    100008 int 0x80 | rsp 200000→1fffd8; [1fffd8]:3=10000a; [1fffe0]:1=8; [1fffe8]:1=2; [1ffff2]:1=20; [1ffff8]:1=10
    -- software 128 at 10000a assisted
    100050 nop
    100051 iretq | rsp 1fffd8→200000
    10000a mov eax, 1 | rax 0→1
    10000f int3 | rsp 200000→1fffd8; [1fffd8]:1=10
    -- software 3 at 100010 assisted
    100040 nop
    100041 iretq | rsp 1fffd8→200000
    100010 nop
    100011 int 3 | rsp 200000→1fffd8; [1fffd8]:1=13
    -- software 3 at 100013 assisted
    100040 nop
    100041 iretq | rsp 1fffd8→200000
    100013 hlt
  `,
});

hazard('INT n in long mode whose handler begins with IRETQ, OUT, HLT', {
  mode: 'long',
  data: [idt64(0x101000, { 0x80: 0x100040, 0x81: 0x100050, 0x82: 0x100060 })],
  listing: `
    100000  0f 01 1c 25 0e 00 10 00  lidt [0x10000e]
    100008  cd 80                 int 0x80
    10000a  cd 81                 int 0x81
    10000c  cd 82                 int 0x82
    10000e  2f 08                 db
    100010  00 10 10 00 00 00 00 00  db
    100040  48 cf                 iretq
    100050  e6 80                 out 0x80, al
    100052  48 cf                 iretq
    100060  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10000e] | idtr_base 0→101000; idtr_limit 0→82f
    100008 int 0x80 | rsp 200000→1fffd8; [1fffd8]:3=10000a; [1fffe0]:1=8; [1fffe8]:1=2; [1ffff2]:1=20; [1ffff8]:1=10
    -- software 128 at 10000a assisted
    100040 iretq | rsp 1fffd8→200000
    10000a int 0x81 | rsp 200000→1fffd8; [1fffd8]:1=c
    -- software 129 at 10000c assisted
    100050 out 0x80, al | out 80:1=00
    100052 iretq | rsp 1fffd8→200000
    10000c int 0x82 | rsp 200000→1fffd8; [1fffd8]:1=e
    -- software 130 at 10000e assisted
    100060 hlt
  `,
});

hazard('INT n, INT3, INTO and IRETD in protected mode', {
  mode: 'protected',
  data: [idt32(0x101000, { 3: 0x100040, 4: 0x100050, 0x80: 0x100060 })],
  listing: `
    100000  0f 01 1d 14 00 10 00  lidt [0x100014]
    100007  cd 80                 int 0x80
    100009  cc                    int3
    10000a  b0 7f                 mov al, 0x7f
    10000c  fe c0                 inc al
    10000e  ce                    into
    10000f  ce                    into
    100010  31 c0                 xor eax, eax
    100012  ce                    into
    100013  f4                    hlt
    100014  07 04                 db
    100016  00 10 10 00           db
    100040  90                    nop
    100041  cf                    iretd
    100050  90                    nop
    100051  cf                    iretd
    100060  e6 80                 out 0x80, al
    100062  cf                    iretd
  `,
  steps: `
    100000 lidt [0x100014] | idtr_base 0→101000; idtr_limit 0→407
    100007 int 0x80 | rsp 200000→1ffff4; [1ffff4]:3=100009; [1ffff8]:5=200000008
    -- software 128 at 100009 assisted
    100060 out 0x80, al | out 80:1=00
    100062 iretd | rsp 1ffff4→200000
    100009 int3 | rsp 200000→1ffff4; [1ffff4]:1=a
    -- software 3 at 10000a assisted
    100040 nop
    100041 iretd | rsp 1ffff4→200000
    10000a mov al, 0x7f | rax 0→7f
    10000c inc al | rax 7f→80; +af+sf+of
    10000e into | rsp 200000→1ffff4; [1ffff4]:1=f; [1ffffc]:2=892
    -- software 4 at 10000f assisted
    100050 nop
    100051 iretd | rsp 1ffff4→200000
    10000f into | rsp 200000→1ffff4; [1ffff4]:1=10
    -- software 4 at 100010 assisted
    100050 nop
    100051 iretd | rsp 1ffff4→200000
    100010 xor eax, eax | rax 80→0; +pf-af+zf-sf-of
    100012 into
    100013 hlt
  `,
});

hazard('IRETD in protected mode without an interrupt', {
  mode: 'protected',
  listing: `
    100000  9c                    pushfd
    100001  0e                    push cs
    100002  68 09 00 10 00        push 0x100009
    100007  cf                    iretd
    100008  90                    nop
    100009  68 47 00 00 00        push 0x47
    10000e  0e                    push cs
    10000f  68 15 00 10 00        push 0x100015
    100014  cf                    iretd
    100015  f4                    hlt
  `,
  steps: `
    100000 pushfd | rsp 200000→1ffffc; [1ffffc]:4=2
    100001 push cs | rsp 1ffffc→1ffff8; [1ffff8]:4=8
    100002 push 0x100009 | rsp 1ffff8→1ffff4; [1ffff4]:4=100009
    100007 iretd | rsp 1ffff4→200000
    100009 push 0x47 | rsp 200000→1ffffc; [1ffffc]:4=47
    10000e push cs | rsp 1ffffc→1ffff8
    10000f push 0x100015 | rsp 1ffff8→1ffff4; [1ffff4]:4=100015
    100014 iretd | rsp 1ffff4→200000; +cf+pf+zf
    100015 hlt
  `,
});

hazard('INT n in long mode without a gate is #GP', {
  mode: 'long',
  data: [idt64(0x101000, { 13: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0b 00 10 00  lidt [0x10000b]
    100008  cd 80                 int 0x80
    10000a  f4                    hlt
    10000b  df 00                 db
    10000d  00 10 10 00 00 00 00 00  db
    100040  58                    pop rax
    100041  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10000b] | rsp 200000→1fffd0; idtr_base 0→101000; idtr_limit 0→df; [1fffd0]:2=402; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 13 at 100008 code 402 assisted by QEMU's fault, too
    100040 pop rax | rax 0→402; rsp 1fffd0→1fffd8
    100041 hlt
  `,
});
