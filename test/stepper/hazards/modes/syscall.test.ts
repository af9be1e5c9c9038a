/** SYSCALL, and far transfers between 64-bit and compatibility code. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

hazard('SYSCALL at level 0 goes through LSTAR', {
  mode: 'long',
  listing: `
    100000  b9 81 00 00 c0        mov ecx, 0xc0000081
    100005  31 c0                 xor eax, eax
    100007  ba 08 00 08 00        mov edx, 0x80008
    10000c  0f 30                 wrmsr
    10000e  b9 82 00 00 c0        mov ecx, 0xc0000082
    100013  b8 2b 00 10 00        mov eax, 0x10002b
    100018  31 d2                 xor edx, edx
    10001a  0f 30                 wrmsr
    10001c  b9 84 00 00 c0        mov ecx, 0xc0000084
    100021  b8 04 00 00 00        mov eax, 4
    100026  0f 30                 wrmsr
    100028  0f 05                 syscall
    10002a  90                    nop
    10002b  9c                    pushfq
    10002c  58                    pop rax
    10002d  f4                    hlt
  `,
  steps: `
    100000 mov ecx, 0xc0000081 | rcx 0→c0000081
    100005 xor eax, eax | +pf+zf
    100007 mov edx, 0x80008 | rdx 0→80008
    10000c wrmsr | msr_star 0→8000800000000
    10000e mov ecx, 0xc0000082 | rcx c0000081→c0000082
    100013 mov eax, 0x10002b | rax 0→10002b
    100018 xor edx, edx | rdx 80008→0
    10001a wrmsr | msr_lstar 0→10002b
    10001c mov ecx, 0xc0000084 | rcx c0000082→c0000084
    100021 mov eax, 4 | rax 10002b→4
    100026 wrmsr | msr_syscall_mask 0→4
    100028 syscall | rcx c0000084→10002a; r11 0→46; -pf
    10002b pushfq | rsp 200000→1ffff8; [1ffff8]:8=42
    10002c pop rax | rax 4→42; rsp 1ffff8→200000
    10002d hlt
  `,
});

hazard('SYSCALL to an entry that begins with SWAPGS, and one that begins with OUT', {
  mode: 'long',
  listing: `
    100000  b9 81 00 00 c0        mov ecx, 0xc0000081
    100005  31 c0                 xor eax, eax
    100007  ba 08 00 08 00        mov edx, 0x80008
    10000c  0f 30                 wrmsr
    10000e  b9 02 01 00 c0        mov ecx, 0xc0000102
    100013  b8 00 50 00 00        mov eax, 0x5000
    100018  31 d2                 xor edx, edx
    10001a  0f 30                 wrmsr
    10001c  b9 82 00 00 c0        mov ecx, 0xc0000082
    100021  b8 39 00 10 00        mov eax, 0x100039
    100026  0f 30                 wrmsr
    100028  0f 05                 syscall
    10002a  b8 4a 00 10 00        mov eax, 0x10004a
    10002f  b9 82 00 00 c0        mov ecx, 0xc0000082
    100034  0f 30                 wrmsr
    100036  0f 05                 syscall
    100038  f4                    hlt
    100039  0f 01 f8              swapgs
    10003c  65 48 8b 1c 25 00 00 00 00  mov rbx, gs:[0]
    100045  0f 01 f8              swapgs
    100048  ff e1                 jmp rcx
    10004a  e6 80                 out 0x80, al
    10004c  ff e1                 jmp rcx
  `,
  steps: `
    100000 mov ecx, 0xc0000081 | rcx 0→c0000081
    100005 xor eax, eax | +pf+zf
    100007 mov edx, 0x80008 | rdx 0→80008
    10000c wrmsr | msr_star 0→8000800000000
    10000e mov ecx, 0xc0000102 | rcx c0000081→c0000102
    100013 mov eax, 0x5000 | rax 0→5000
    100018 xor edx, edx | rdx 80008→0
    10001a wrmsr | msr_kernel_gs_base 0→5000
    10001c mov ecx, 0xc0000082 | rcx c0000102→c0000082
    100021 mov eax, 0x100039 | rax 5000→100039
    100026 wrmsr | msr_lstar 0→100039
    100028 syscall | rcx c0000082→10002a; r11 0→46
    100039 swapgs | gs_base 0→5000; msr_kernel_gs_base 5000→0
    10003c mov rbx, gs:[0]
    100045 swapgs | gs_base 5000→0; msr_kernel_gs_base 0→5000
    100048 jmp rcx
    10002a mov eax, 0x10004a | rax 100039→10004a
    10002f mov ecx, 0xc0000082 | rcx 10002a→c0000082
    100034 wrmsr | msr_lstar 100039→10004a
    100036 syscall | rcx c0000082→100038
    10004a out 0x80, al | out 80:1=4a
    10004c jmp rcx
    100038 hlt
  `,
});

hazard('SYSCALL without EFER.SCE is #UD', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 19 00 10 00  lidt [0x100019]
    100008  b9 80 00 00 c0        mov ecx, 0xc0000080
    10000d  b8 00 05 00 00        mov eax, 0x500
    100012  31 d2                 xor edx, edx
    100014  0f 30                 wrmsr
    100016  0f 05                 syscall
    100018  f4                    hlt
    100019  ff 0f                 db
    10001b  00 10 10 00 00 00 00 00  db
    100040  90                    nop
    100041  f4                    hlt
  `,
  steps: `
    100000 lidt [0x100019] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov ecx, 0xc0000080 | rcx 0→c0000080
    10000d mov eax, 0x500 | rax 0→500
    100012 xor edx, edx | +pf+zf
    100014 wrmsr | rsp 200000→1fffd8; efer 501→500; [1fffd8]:3=100016; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100016
    100040 nop
    100041 hlt
  `,
});

hazard('far transfers between 64-bit and compatibility code of level 0', {
  mode: 'long',
  listing: `
    100000  68 18 00 00 00        push 0x18
    100005  68 0c 00 10 00        push 0x10000c
    10000a  48 cb                 data64 ret far
    bits 32
    10000c  b8 05 00 00 00        mov eax, 5
    100011  68 08 00 00 00        push 8
    100016  68 1c 00 10 00        push 0x10001c
    10001b  cb                    ret far
    bits 64
    10001c  48 b8 88 77 66 55 44 33 22 11  mov rax, 0x1122334455667788
    100026  f4                    hlt
  `,
  steps: `
    100000 push 0x18 | rsp 200000→1ffff8; [1ffff8]:8=18
    100005 push 0x10000c | rsp 1ffff8→1ffff0; [1ffff0]:8=10000c
    10000a data64 ret far | rsp 1ffff0→200000; cs 8→18; cs_attributes a09b→c09b
    10000c mov eax, 5 | rax 0→5
    100011 push 8 | rsp 200000→1ffffc; [1ffffc]:4=8
    100016 push 0x10001c | rsp 1ffffc→1ffff8; [1ffff8]:4=10001c
    10001b ret far | rsp 1ffff8→200000; cs 18→8; cs_attributes c09b→a09b
    10001c mov rax, 0x1122334455667788 | rax 5→1122334455667788
    100026 hlt
  `,
});
