/** What the handler's first instruction changes beside registers and memory is not done twice. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

hazard('#UD handler begins with SWAPGS', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 19 00 10 00  lidt [0x100019]
    100008  b9 02 01 00 c0        mov ecx, 0xc0000102
    10000d  b8 34 12 00 00        mov eax, 0x1234
    100012  31 d2                 xor edx, edx
    100014  0f 30                 wrmsr
    100016  0f 0b                 ud2
    100018  f4                    hlt
    100019  ff 0f                 db
    10001b  00 10 10 00 00 00 00 00  db
    100040  0f 01 f8              swapgs
    100043  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004b  0f 01 f8              swapgs
    10004e  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100019] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov ecx, 0xc0000102 | rcx 0→c0000102
    10000d mov eax, 0x1234 | rax 0→1234
    100012 xor edx, edx | +pf+zf
    100014 wrmsr | rsp 200000→1fffd8; msr_kernel_gs_base 0→1234; [1fffd8]:3=100016; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100016
    100040 swapgs | gs_base 0→1234; msr_kernel_gs_base 1234→0
    100043 add qword ptr [rsp], 2 | -zf; [1fffd8]:8=100018
    10004b swapgs | gs_base 1234→0; msr_kernel_gs_base 0→1234
    10004e iretq | rsp 1fffd8→200000; +zf
    100018 hlt
  `,
});

hazard('#UD handler begins with MOVUPS, WRMSR, MOV DR', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x100060, 0: 0x100080, 13: 0x1000a0 })],
  listing: `
    100000  0f 01 1c 25 22 00 10 00  lidt [0x100022]
    100008  b9 82 00 00 c0        mov ecx, 0xc0000082
    10000d  31 d2                 xor edx, edx
    10000f  b8 34 12 00 00        mov eax, 0x1234
    100014  0f 0b                 ud2
    100016  31 c9                 xor ecx, ecx
    100018  f7 f1                 div ecx
    10001a  b8 30 12 00 00        mov eax, 0x1230
    10001f  8e d8                 mov ds, ax
    100021  f4                    hlt
    100022  ff 0f                 db
    100024  00 10 10 00 00 00 00 00  db
    100060  0f 10 0c 25 00 00 10 00  movups xmm1, [0x100000]
    100068  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100070  48 cf                 iretq
    100080  0f 23 c0              mov dr0, rax
    100083  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10008b  48 cf                 iretq
    1000a0  0f 31                 rdtsc
    1000a2  5a                    pop rdx
    1000a3  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    1000ab  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x100022] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov ecx, 0xc0000082 | rcx 0→c0000082
    10000d xor edx, edx | +pf+zf
    10000f mov eax, 0x1234 | rax 0→1234; rsp 200000→1fffd8; [1fffd8]:3=100014; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100014
    100060 movups xmm1, [0x100000] | xmm1_0 0→100022251c010f; xmm1_1 0→b8d231c0000082b9
    100068 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=100016
    100070 iretq | rsp 1fffd8→200000; +pf+zf
    100016 xor ecx, ecx | rcx c0000082→0; rsp 200000→1fffd8; [1fffd8]:1=18
    -- fault 0 at 100018
    100080 mov dr0, rax | dr0 0→1234
    100083 add qword ptr [rsp], 2 | -pf-zf; [1fffd8]:8=10001a
    10008b iretq | rsp 1fffd8→200000; +pf+zf
    10001a mov eax, 0x1230 | rax 1234→1230; rsp 200000→1fffd0; [1fffd0]:2=1230; [1fffd8]:1=1f
    -- fault 13 at 10001f code 1230
    1000a0 rdtsc | rax 1230→?; rdx 0→?; input tsc
    1000a2 pop rdx | rdx ?→1230; rsp 1fffd0→1fffd8
    1000a3 add qword ptr [rsp], 2 | +af-zf; [1fffd8]:8=100021
    1000ab iretq | rsp 1fffd8→200000; -af+zf
    100021 hlt
  `,
});
