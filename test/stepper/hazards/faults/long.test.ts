/** Exceptions through an IDT in long mode, and what handlers begin with. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

hazard('#UD whose handler begins with NOP and returns behind the instruction', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 10 00 10 00  lidt [0x100010]
    100008  0f 0b                 ud2
    10000a  b8 01 00 00 00        mov eax, 1
    10000f  f4                    hlt
    100010  ff 0f                 db
    100012  00 10 10 00 00 00 00 00  db
    100040  90                    nop
    100041  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100049  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100010] | rsp 200000→1fffd8; idtr_base 0→101000; idtr_limit 0→fff; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100008
    100040 nop
    100041 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=10000a
    100049 iretq | rsp 1fffd8→200000; -pf
    10000a mov eax, 1 | rax 0→1
    10000f hlt
  `,
});

hazard('#UD whose handler begins with PUSH', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0b 00 10 00  lidt [0x10000b]
    100008  0f 0b                 ud2
    10000a  f4                    hlt
    10000b  ff 0f                 db
    10000d  00 10 10 00 00 00 00 00  db
    100040  50                    push rax
    100041  58                    pop rax
    100042  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004a  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10000b] | rsp 200000→1fffd8; idtr_base 0→101000; idtr_limit 0→fff; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100008
    100040 push rax | rsp 1fffd8→1fffd0
    100041 pop rax | rsp 1fffd0→1fffd8
    100042 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=10000a
    10004a iretq | rsp 1fffd8→200000; -pf
    10000a hlt
  `,
});

hazard('#UD whose handler begins with OUT, then with IN', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 15 00 10 00  lidt [0x100015]
    100008  0f 0b                 ud2
    10000a  c6 04 25 40 00 10 00 e4  mov byte ptr [0x100040], 0xe4
    100012  0f 0b                 ud2
    100014  f4                    hlt
    100015  ff 0f                 db
    100017  00 10 10 00 00 00 00 00  db
    100040  e6 80                 out 0x80, al
    100042  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004a  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100015] | rsp 200000→1fffd8; idtr_base 0→101000; idtr_limit 0→fff; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100008
    100040 out 0x80, al | out 80:1=00
    100042 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=10000a
    10004a iretq | rsp 1fffd8→200000; -pf
    10000a mov byte ptr [0x100040], 0xe4 | rsp 200000→1fffd8; [100040]:1=e4; [1fffd8]:1=12
    -- fault 6 at 100012
    100040 in al, 0x80 | rax 0→ff; in 80:1=ff
    100042 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=100014
    10004a iretq | rsp 1fffd8→200000; -pf
    100014 hlt
  `,
  modifiesCode: true,
});

hazard('#UD whose handler begins with HLT', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0a 00 10 00  lidt [0x10000a]
    100008  0f 0b                 ud2
    10000a  ff 0f                 db
    10000c  00 10 10 00 00 00 00 00  db
    100040  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10000a] | rsp 200000→1fffd8; idtr_base 0→101000; idtr_limit 0→fff; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100008
    100040 hlt
  `,
});

hazard('#UD whose handler is IRETQ: the instruction faults again and again', {
  mode: 'long',
  options: { maxSteps: 4 },
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0a 00 10 00  lidt [0x10000a]
    100008  0f 0b                 ud2
    10000a  ff 0f                 db
    10000c  00 10 10 00 00 00 00 00  db
    100040  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10000a] | rsp 200000→1fffd8; idtr_base 0→101000; idtr_limit 0→fff; [1fffd8]:3=100008; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100008
    100040 iretq | rsp 1fffd8→1fffd8
    -- fault 6 at 100008
    100040 iretq | rsp 1fffd8→1fffd8
    -- fault 6 at 100008
    100040 iretq | rsp 1fffd8→200000
  `,
  stop: 'max-steps',
});

hazard('#UD whose handler begins with an MMIO read, write, read-modify-write', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040, 0: 0x100060, 13: 0x100080 })],
  listing: `
    100000  0f 01 1c 25 1b 00 10 00  lidt [0x10001b]
    100008  bb 00 00 00 10        mov ebx, 0x10000000
    10000d  0f 0b                 ud2
    10000f  31 c9                 xor ecx, ecx
    100011  f7 f1                 div ecx
    100013  b8 30 12 00 00        mov eax, 0x1230
    100018  8e d8                 mov ds, ax
    10001a  f4                    hlt
    10001b  ff 0f                 db
    10001d  00 10 10 00 00 00 00 00  db
    100040  48 8b 03              mov rax, [rbx]
    100043  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004b  48 cf                 iretq
    100060  89 03                 mov [rbx], eax
    100062  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10006a  48 cf                 iretq
    100080  ff 03                 inc dword ptr [rbx]
    100082  59                    pop rcx
    100083  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10008b  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10001b] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov ebx, 0x10000000 | rbx 0→10000000; rsp 200000→1fffd8; [1fffd8]:3=10000d; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 10000d
    100040 mov rax, [rbx] | rax 0→ffffffffffffffff; read 10000000:8=ffffffffffffffff
    100043 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=10000f
    10004b iretq | rsp 1fffd8→200000; -pf
    10000f xor ecx, ecx | rsp 200000→1fffd8; +pf+zf; [1fffd8]:1=11; [1fffe8]:1=46
    -- fault 0 at 100011
    100060 mov [rbx], eax | write 10000000:4=ffffffff
    100062 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=100013
    10006a iretq | rsp 1fffd8→200000; +pf+zf
    100013 mov eax, 0x1230 | rax ffffffffffffffff→1230; rsp 200000→1fffd0; [1fffd0]:2=1230; [1fffd8]:1=18
    -- fault 13 at 100018 code 1230
    100080 inc dword ptr [rbx] | +af; read 10000000:4=ffffffff; write 10000000:4=00000000
    100082 pop rcx | rcx 0→1230; rsp 1fffd0→1fffd8
    100083 add qword ptr [rsp], 2 | -pf-af-zf; [1fffd8]:8=10001a
    10008b iretq | rsp 1fffd8→200000; +pf+zf
    10001a hlt
  `,
});

hazard('#UD whose handler begins with REP STOS, then one that begins with a fence', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040, 0: 0x100060 })],
  listing: `
    100000  0f 01 1c 25 1b 00 10 00  lidt [0x10001b]
    100008  bf 00 05 00 00        mov edi, 0x500
    10000d  b9 03 00 00 00        mov ecx, 3
    100012  b0 01                 mov al, 1
    100014  0f 0b                 ud2
    100016  31 c0                 xor eax, eax
    100018  f7 f1                 div ecx
    10001a  f4                    hlt
    10001b  ff 0f                 db
    10001d  00 10 10 00 00 00 00 00  db
    100040  f3 aa                 rep stosb [rdi]
    100042  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004a  48 cf                 iretq
    100060  0f ae f0              mfence
    100063  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10006b  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10001b] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov edi, 0x500 | rdi 0→500
    10000d mov ecx, 3 | rcx 0→3
    100012 mov al, 1 | rax 0→1; rsp 200000→1fffd8; [1fffd8]:3=100014; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100014
    100040 rep stosb [rdi] | rcx 3→0; rdi 500→503; [500]:3=10101
    100042 add qword ptr [rsp], 2 | [1fffd8]:8=100016
    10004a iretq | rsp 1fffd8→200000
    100016 xor eax, eax | rax 1→0; rsp 200000→1fffd8; +pf+zf; [1fffd8]:1=18; [1fffe8]:1=46
    -- fault 0 at 100018
    100060 mfence
    100063 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=10001a
    10006b iretq | rsp 1fffd8→200000; +pf+zf
    10001a hlt
  `,
});
