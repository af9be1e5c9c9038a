/** Exceptions in the middle of string instructions, and of those that access devices. */
import { hazard } from '../../../helpers/hazard.js';
import { identityPages, idt64 } from '../../../helpers/tables.js';

hazard('REP STOS that faults in the middle: what it did stays, the rest follows', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100060 }), identityPages(0x110000, { 5: 0n })],
  listing: `
    100000  0f 01 1c 25 28 00 10 00  lidt [0x100028]
    100008  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    100012  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100019  bf f8 4f 00 00        mov edi, 0x4ff8
    10001e  b9 0c 00 00 00        mov ecx, 0xc
    100023  b0 07                 mov al, 7
    100025  f3 aa                 rep stosb [rdi]
    100027  f4                    hlt
    100028  ff 0f                 db
    10002a  00 10 10 00 00 00 00 00  db
    100060  48 c7 04 25 28 00 11 00 63 50 00 00  mov qword ptr [0x110028], 0x5063
    10006c  48 81 c4 08 00 00 00  add rsp, 8
    100073  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100028] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0xffff2000 | rbx 0→ffff2000
    100012 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100019 mov edi, 0x4ff8 | rdi 0→4ff8
    10001e mov ecx, 0xc | rcx 0→c
    100023 mov al, 7 | rax 0→7; rcx c→4; rdi 4ff8→5000; rsp 200000→1fffd0; cr2 0→5000; [4ff8]:8=707070707070707; [1fffd0]:1=2; [1fffd8]:3=100025; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 14 at 100025 code 2 cr2 5000
    100060 mov qword ptr [0x110028], 0x5063 | [110028]:8=5063
    10006c add rsp, 8 | rsp 1fffd0→1fffd8; +pf
    100073 iretq | rsp 1fffd8→200000; -pf
    100025 rep stosb [rdi] | rcx 4→0; rdi 5000→5004; [5000]:4=7070707
    100027 hlt
  `,
});

hazard('REP MOVS from MMIO that faults in the middle', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100060 }), identityPages(0x110000, { 5: 0n })],
  listing: `
    100000  0f 01 1c 25 2b 00 10 00  lidt [0x10002b]
    100008  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    100012  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100019  bf fc 4f 00 00        mov edi, 0x4ffc
    10001e  be 00 00 00 10        mov esi, 0x10000000
    100023  b9 03 00 00 00        mov ecx, 3
    100028  f3 a5                 rep movsd [rdi], [rsi]
    10002a  f4                    hlt
    10002b  ff 0f                 db
    10002d  00 10 10 00 00 00 00 00  db
    100060  48 c7 04 25 28 00 11 00 63 50 00 00  mov qword ptr [0x110028], 0x5063
    10006c  48 81 c4 08 00 00 00  add rsp, 8
    100073  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10002b] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0xffff2000 | rbx 0→ffff2000
    100012 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100019 mov edi, 0x4ffc | rdi 0→4ffc
    10001e mov esi, 0x10000000 | rsi 0→10000000
    100023 mov ecx, 3 | rcx 0→2; rsi 10000000→10000004; rdi 4ffc→5000; rsp 200000→1fffd0; cr2 0→5000; [4ffc]:4=ffffffff; [1fffd0]:1=2; [1fffd8]:3=100028; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10; read 10000000:4=ffffffff; read 10000004:4=ffffffff
    -- fault 14 at 100028 code 2 cr2 5000
    100060 mov qword ptr [0x110028], 0x5063 | [110028]:8=5063
    10006c add rsp, 8 | rsp 1fffd0→1fffd8; +pf
    100073 iretq | rsp 1fffd8→200000; -pf
    100028 rep movsd [rdi], [rsi] | rcx 2→0; rsi 10000004→1000000c; rdi 5000→5008; [5000]:8=ffffffffffffffff; read 10000004:4=ffffffff; read 10000008:4=ffffffff
    10002a hlt
  `,
});

hazard('REP INS and REP OUTS that fault in the middle', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100070 }), identityPages(0x110000, { 5: 0n })],
  listing: `
    100000  0f 01 1c 25 4b 00 10 00  lidt [0x10004b]
    100008  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    100012  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100019  bf fc 4f 00 00        mov edi, 0x4ffc
    10001e  ba 34 12 00 00        mov edx, 0x1234
    100023  b9 06 00 00 00        mov ecx, 6
    100028  f3 6c                 rep insb [rdi], dx
    10002a  48 c7 04 25 28 00 11 00 00 00 00 00  mov qword ptr [0x110028], 0
    100036  0f 01 3c 25 00 50 00 00  invlpg [0x5000]
    10003e  be fc 4f 00 00        mov esi, 0x4ffc
    100043  b9 06 00 00 00        mov ecx, 6
    100048  f3 6e                 rep outsb dx, [rsi]
    10004a  f4                    hlt
    10004b  ff 0f                 db
    10004d  00 10 10 00 00 00 00 00  db
    100070  48 c7 04 25 28 00 11 00 63 50 00 00  mov qword ptr [0x110028], 0x5063
    10007c  48 81 c4 08 00 00 00  add rsp, 8
    100083  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10004b] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0xffff2000 | rbx 0→ffff2000
    100012 mov qword ptr [rbx], 0x110063 | [ffff2000]:8=110063
    100019 mov edi, 0x4ffc | rdi 0→4ffc
    10001e mov edx, 0x1234 | rdx 0→1234
    100023 mov ecx, 6 | rcx 0→2; rdi 4ffc→5000; rsp 200000→1fffd0; cr2 0→5000; [4ffc]:4=ffffffff; [1fffd0]:1=2; [1fffd8]:3=100028; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10; in 1234:1x6=ffffffffffff
    -- fault 14 at 100028 code 2 cr2 5000
    100070 mov qword ptr [0x110028], 0x5063 | [110028]:8=5063
    10007c add rsp, 8 | rsp 1fffd0→1fffd8; +pf
    100083 iretq | rsp 1fffd8→200000; -pf
    100028 rep insb [rdi], dx | rcx 2→0; rdi 5000→5002; [5000]:2=ffff; in 1234:1x2=ffff
    10002a mov qword ptr [0x110028], 0 | [110028]:8=0
    100036 invlpg [0x5000]
    10003e mov esi, 0x4ffc | rsi 0→4ffc
    100043 mov ecx, 6 | rcx 0→2; rsi 4ffc→5000; rsp 200000→1fffd0; [1fffd0]:1=0; [1fffd8]:1=48; out 1234:1x4=ffffffff
    -- fault 14 at 100048 code 0 cr2 5000
    100070 mov qword ptr [0x110028], 0x5063 | [110028]:8=5063
    10007c add rsp, 8 | rsp 1fffd0→1fffd8; +pf
    100083 iretq | rsp 1fffd8→200000; -pf
    100048 rep outsb dx, [rsi] | rcx 2→0; rsi 5000→5002; out 1234:1x2=ffff
    10004a hlt
  `,
});

hazard('PUSH from MMIO to a stack that is not there: the access is made, and made again', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100060, 8: 0x100070 })],
  listing: `
    100000  0f 01 1c 25 19 00 10 00  lidt [0x100019]
    100008  48 bf bc 9a 78 56 34 12 00 00  mov rdi, 0x123456789abc
    100012  be 00 00 00 10        mov esi, 0x10000000
    100017  a4                    movsb [rdi], [rsi]
    100018  f4                    hlt
    100019  ff 0f                 db
    10001b  00 10 10 00 00 00 00 00  db
    100060  48 81 c4 08 00 00 00  add rsp, 8
    100067  bf 00 05 00 00        mov edi, 0x500
    10006c  48 cf                 iretq
    100070  f4                    hlt
  `,
  steps: `
    100000 lidt [0x100019] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rdi, 0x123456789abc | rdi 0→123456789abc
    100012 mov esi, 0x10000000 | rsi 0→10000000; rsp 200000→1fffd0; cr2 0→123456789abc; [1fffd0]:1=2; [1fffd8]:3=100017; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10; read 10000000:1=ff
    -- fault 14 at 100017 code 2 cr2 123456789abc
    100060 add rsp, 8 | rsp 1fffd0→1fffd8; +pf
    100067 mov edi, 0x500 | rdi 123456789abc→500
    10006c iretq | rsp 1fffd8→200000; -pf
    100017 movsb [rdi], [rsi] | rsi 10000000→10000001; rdi 500→501; [500]:1=ff; read 10000000:1=ff
    100018 hlt
  `,
});
