/** What most of a guest is. */
import { hazard } from '../../../helpers/hazard.js';

hazard('flags and registers of plain instructions', {
  mode: 'long',
  listing: `
    100000  b8 ff ff ff ff        mov eax, 0xffffffff
    100005  05 01 00 00 00        add eax, 1
    10000a  11 c0                 adc eax, eax
    10000c  2d 02 00 00 00        sub eax, 2
    100011  f7 d8                 neg eax
    100013  ff c0                 inc eax
    100015  3d 02 00 00 00        cmp eax, 2
    10001a  0f 92 c2              setb dl
    10001d  0f 44 c8              cmove ecx, eax
    100020  0f c9                 bswap ecx
    100022  48 91                 xchg rcx, rax
    100024  50                    push rax
    100025  41 5f                 pop r15
    100027  4c 8d 74 88 05        lea r14, [rax+rcx*4+5]
    10002c  c8 10 00 00           enter 0x10, 0
    100030  c9                    leave
    100031  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0xffffffff | rax 0→ffffffff
    100005 add eax, 1 | rax ffffffff→0; +cf+pf+af+zf
    10000a adc eax, eax | rax 0→1; -cf-pf-af-zf
    10000c sub eax, 2 | rax 1→ffffffff; +cf+pf+af+sf
    100011 neg eax | rax ffffffff→1; -pf-sf
    100013 inc eax | rax 1→2; -af
    100015 cmp eax, 2 | -cf+pf+zf
    10001a setb dl
    10001d cmove ecx, eax | rcx 0→2
    100020 bswap ecx | rcx 2→2000000
    100022 xchg rcx, rax | rax 2→2000000; rcx 2000000→2
    100024 push rax | rsp 200000→1ffff8; [1ffff8]:8=2000000
    100025 pop r15 | rsp 1ffff8→200000; r15 0→2000000
    100027 lea r14, [rax+rcx*4+5] | r14 0→200000d
    10002c enter 0x10, 0 | rsp 200000→1fffe8; rbp 0→1ffff8; [1ffff8]:8=0
    100030 leave | rsp 1fffe8→200000; rbp 1ffff8→0
    100031 hlt
  `,
});

hazard('CALL, RET and RET n', {
  mode: 'long',
  listing: `
    100000  e8 15 00 00 00        call 0x10001a
    100005  e8 11 00 00 00        call 0x10001b
    10000a  68 05 00 00 00        push 5
    10000f  68 06 00 00 00        push 6
    100014  e8 08 00 00 00        call 0x100021
    100019  f4                    hlt
    10001a  c3                    ret
    10001b  e8 fa ff ff ff        call 0x10001a
    100020  c3                    ret
    100021  c2 10 00              ret 0x10
  `,
  steps: `
    100000 call 0x10001a | rsp 200000→1ffff8; [1ffff8]:8=100005
    10001a ret | rsp 1ffff8→200000
    100005 call 0x10001b | rsp 200000→1ffff8; [1ffff8]:8=10000a
    10001b call 0x10001a | rsp 1ffff8→1ffff0; [1ffff0]:8=100020
    10001a ret | rsp 1ffff0→1ffff8
    100020 ret | rsp 1ffff8→200000
    10000a push 5 | rsp 200000→1ffff8; [1ffff8]:8=5
    10000f push 6 | rsp 1ffff8→1ffff0; [1ffff0]:8=6
    100014 call 0x100021 | rsp 1ffff0→1fffe8; [1fffe8]:8=100019
    100021 ret 0x10 | rsp 1fffe8→200000
    100019 hlt
  `,
});
