/** Each kind of exception in long mode: vector, error code, CR2, the frame. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

// The error code of the fetch has no I/D bit: EFER.NXE and CR4.SMEP are off (SDM vol. 3, 5.7).
hazard('#PF on a read, a write, a read-modify-write and a fetch: error code and CR2', {
  mode: 'long',
  data: [idt64(0x101000, { 14: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 1e 00 10 00  lidt [0x10001e]
    100008  48 bb bc 9a 78 56 34 12 00 00  mov rbx, 0x123456789abc
    100012  48 8b 03              mov rax, [rbx]
    100015  48 89 03              mov [rbx], rax
    100018  48 01 03              add [rbx], rax
    10001b  ff e3                 jmp rbx
    10001d  f4                    hlt
    10001e  ff 0f                 db
    100020  00 10 10 00 00 00 00 00  db
    100040  0f 20 d2              mov rdx, cr2
    100043  59                    pop rcx
    100044  48 39 1c 24           cmp [rsp], rbx
    100048  74 0a                 je short 0x100054
    10004a  48 81 04 24 03 00 00 00  add qword ptr [rsp], 3
    100052  48 cf                 iretq
    100054  48 c7 04 24 1d 00 10 00  mov qword ptr [rsp], 0x10001d
    10005c  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10001e] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0x123456789abc | rbx 0→123456789abc; rsp 200000→1fffd0; cr2 0→123456789abc; [1fffd8]:3=100012; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 14 at 100012 code 0 cr2 123456789abc
    100040 mov rdx, cr2 | rdx 0→123456789abc
    100043 pop rcx | rsp 1fffd0→1fffd8
    100044 cmp [rsp], rbx | +cf+pf+af+sf
    100048 je short 0x100054
    10004a add qword ptr [rsp], 3 | -cf-pf-af-sf; [1fffd8]:8=100015
    100052 iretq | rsp 1fffd8→1fffd0; [1fffd0]:1=2
    -- fault 14 at 100015 code 2 cr2 123456789abc
    100040 mov rdx, cr2
    100043 pop rcx | rcx 0→2; rsp 1fffd0→1fffd8
    100044 cmp [rsp], rbx | +cf+pf+af+sf
    100048 je short 0x100054
    10004a add qword ptr [rsp], 3 | -cf-af-sf; [1fffd8]:8=100018
    100052 iretq | rsp 1fffd8→1fffd0; -pf
    -- fault 14 at 100018 code 2 cr2 123456789abc
    100040 mov rdx, cr2
    100043 pop rcx | rsp 1fffd0→1fffd8
    100044 cmp [rsp], rbx | +cf+pf+af+sf
    100048 je short 0x100054
    10004a add qword ptr [rsp], 3 | -cf-af-sf; [1fffd8]:8=10001b
    100052 iretq | rsp 1fffd8→200000; -pf
    10001b jmp rbx | rsp 200000→1fffd0; [1fffd0]:1=0; [1fffd8]:6=123456789abc
    -- fault 14 at 123456789abc code 0 cr2 123456789abc
    100040 mov rdx, cr2
    100043 pop rcx | rcx 2→0; rsp 1fffd0→1fffd8
    100044 cmp [rsp], rbx | +pf+zf
    100048 je short 0x100054
    100054 mov qword ptr [rsp], 0x10001d | [1fffd8]:8=10001d
    10005c iretq | rsp 1fffd8→200000; -pf-zf
    10001d hlt
  `,
});

hazard('#GP for a non-canonical address, a bad selector, a reserved CR4 bit and an unknown MSR', {
  mode: 'long',
  data: [idt64(0x101000, { 12: 0x1000a0, 13: 0x100080 })],
  listing: `
    100000  0f 01 1c 25 3b 00 10 00  lidt [0x10003b]
    100008  48 bb 00 00 00 00 00 00 00 80  mov rbx, 0x8000000000000000
    100012  48 8b 03              mov rax, [rbx]
    100015  90                    nop
    100016  b8 34 12 00 00        mov eax, 0x1234
    10001b  8e d8                 mov ds, ax
    10001d  90                    nop
    10001e  48 b8 ff ff ff ff ff ff ff ff  mov rax, 0xffffffffffffffff
    100028  0f 22 e0              mov cr4, rax
    10002b  b9 45 23 01 00        mov ecx, 0x12345
    100030  0f 32                 rdmsr
    100032  90                    nop
    100033  48 89 dd              mov rbp, rbx
    100036  48 8b 45 00           mov rax, [rbp]
    10003a  f4                    hlt
    10003b  ff 0f                 db
    10003d  00 10 10 00 00 00 00 00  db
    100080  90                    nop
    100081  5a                    pop rdx
    100082  48 81 04 24 03 00 00 00  add qword ptr [rsp], 3
    10008a  48 cf                 iretq
    1000a0  90                    nop
    1000a1  5a                    pop rdx
    1000a2  48 81 04 24 04 00 00 00  add qword ptr [rsp], 4
    1000aa  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10003b] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0x8000000000000000 | rbx 0→8000000000000000; rsp 200000→1fffd0; [1fffd8]:3=100012; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 13 at 100012 code 0
    100080 nop
    100081 pop rdx | rsp 1fffd0→1fffd8
    100082 add qword ptr [rsp], 3 | [1fffd8]:8=100015
    10008a iretq | rsp 1fffd8→200000
    100015 nop
    100016 mov eax, 0x1234 | rax 0→1234; rsp 200000→1fffd0; [1fffd0]:2=1234; [1fffd8]:1=1b
    -- fault 13 at 10001b code 1234
    100080 nop
    100081 pop rdx | rdx 0→1234; rsp 1fffd0→1fffd8
    100082 add qword ptr [rsp], 3 | +pf; [1fffd8]:8=10001e
    10008a iretq | rsp 1fffd8→200000; -pf
    10001e mov rax, 0xffffffffffffffff | rax 1234→ffffffffffffffff; rsp 200000→1fffd0; [1fffd0]:2=0; [1fffd8]:1=28
    -- fault 13 at 100028 code 0
    100080 nop
    100081 pop rdx | rdx 1234→0; rsp 1fffd0→1fffd8
    100082 add qword ptr [rsp], 3 | +pf; [1fffd8]:8=10002b
    10008a iretq | rsp 1fffd8→200000; -pf
    10002b mov ecx, 0x12345 | rcx 0→12345; rsp 200000→1fffd0; [1fffd8]:1=30
    -- fault 13 at 100030 code 0
    100080 nop
    100081 pop rdx | rsp 1fffd0→1fffd8
    100082 add qword ptr [rsp], 3 | +pf; [1fffd8]:8=100033
    10008a iretq | rsp 1fffd8→200000; -pf
    100033 mov rbp, rbx | rsp 200000→1fffd0; rbp 0→8000000000000000; [1fffd8]:1=36
    -- fault 12 at 100036 code 0
    1000a0 nop
    1000a1 pop rdx | rsp 1fffd0→1fffd8
    1000a2 add qword ptr [rsp], 4 | +pf; [1fffd8]:8=10003a
    1000aa iretq | rsp 1fffd8→200000; -pf
    10003a hlt
  `,
});

hazard('#DE: DIV by zero and overflow of IDIV', {
  mode: 'long',
  data: [idt64(0x101000, { 0: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 18 00 10 00  lidt [0x100018]
    100008  31 c9                 xor ecx, ecx
    10000a  f7 f1                 div ecx
    10000c  ba 01 00 00 00        mov edx, 1
    100011  31 c0                 xor eax, eax
    100013  ff c1                 inc ecx
    100015  f7 f9                 idiv ecx
    100017  f4                    hlt
    100018  ff 0f                 db
    10001a  00 10 10 00 00 00 00 00  db
    100040  90                    nop
    100041  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100049  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100018] | idtr_base 0→101000; idtr_limit 0→fff
    100008 xor ecx, ecx | rsp 200000→1fffd8; +pf+zf; [1fffd8]:3=10000a; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 0 at 10000a
    100040 nop
    100041 add qword ptr [rsp], 2 | -zf; [1fffd8]:8=10000c
    100049 iretq | rsp 1fffd8→200000; +zf
    10000c mov edx, 1 | rdx 0→1
    100011 xor eax, eax
    100013 inc ecx | rcx 0→1; rsp 200000→1fffd8; -pf-zf; [1fffd8]:1=15; [1fffe8]:1=2
    -- fault 0 at 100015
    100040 nop
    100041 add qword ptr [rsp], 2 | +pf; [1fffd8]:8=100017
    100049 iretq | rsp 1fffd8→200000; -pf
    100017 hlt
  `,
});

hazard('exceptions that share one handler are told apart', {
  mode: 'long',
  data: [idt64(0x101000, { 0: 0x100080, 6: 0x100080, 13: 0x1000a0, 14: 0x1000a0 })],
  listing: `
    100000  0f 01 1c 25 21 00 10 00  lidt [0x100021]
    100008  48 bb bc 9a 78 56 34 12 00 00  mov rbx, 0x123456789abc
    100012  31 c9                 xor ecx, ecx
    100014  0f 0b                 ud2
    100016  f7 f1                 div ecx
    100018  8b 03                 mov eax, [rbx]
    10001a  8e db                 mov ds, bx
    10001c  8e db                 mov ds, bx
    10001e  0f 0b                 ud2
    100020  f4                    hlt
    100021  ff 0f                 db
    100023  00 10 10 00 00 00 00 00  db
    100080  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100088  48 cf                 iretq
    1000a0  58                    pop rax
    1000a1  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    1000a9  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100021] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0x123456789abc | rbx 0→123456789abc
    100012 xor ecx, ecx | rsp 200000→1fffd8; +pf+zf; [1fffd8]:3=100014; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100014
    100080 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=100016
    100088 iretq | rsp 1fffd8→1fffd8; +pf+zf
    -- fault 0 at 100016
    100080 add qword ptr [rsp], 2 | -zf; [1fffd8]:8=100018
    100088 iretq | rsp 1fffd8→1fffd0; +zf; cr2 0→123456789abc
    -- fault 14 at 100018 code 0 cr2 123456789abc
    1000a0 pop rax | rsp 1fffd0→1fffd8
    1000a1 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=10001a
    1000a9 iretq | rsp 1fffd8→1fffd0; +pf+zf; [1fffd0]:2=9abc
    -- fault 13 at 10001a code 9abc
    1000a0 pop rax | rax 0→9abc; rsp 1fffd0→1fffd8
    1000a1 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=10001c
    1000a9 iretq | rsp 1fffd8→1fffd0; +pf+zf
    -- fault 13 at 10001c code 9abc
    1000a0 pop rax | rsp 1fffd0→1fffd8
    1000a1 add qword ptr [rsp], 2 | -zf; [1fffd8]:8=10001e
    1000a9 iretq | rsp 1fffd8→1fffd8; +zf
    -- fault 6 at 10001e
    100080 add qword ptr [rsp], 2 | -pf+af-zf; [1fffd8]:8=100020
    100088 iretq | rsp 1fffd8→200000; +pf-af+zf
    100020 hlt
  `,
});
