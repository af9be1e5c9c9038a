/** Instructions without a debug exit that change or read state: SWAPGS, RDRAND, FS and GS base, FXSAVE. */
import { hazard } from '../../../helpers/hazard.js';

hazard('SWAPGS, alone and twice in a row', {
  mode: 'long',
  listing: `
    100000  b9 02 01 00 c0        mov ecx, 0xc0000102
    100005  b8 44 33 22 11        mov eax, 0x11223344
    10000a  ba 55 00 00 00        mov edx, 0x55
    10000f  0f 30                 wrmsr
    100011  b9 01 01 00 c0        mov ecx, 0xc0000101
    100016  b8 00 05 00 00        mov eax, 0x500
    10001b  31 d2                 xor edx, edx
    10001d  0f 30                 wrmsr
    10001f  0f 01 f8              swapgs
    100022  90                    nop
    100023  0f 01 f8              swapgs
    100026  0f 01 f8              swapgs
    100029  0f 01 f8              swapgs
    10002c  65 48 8b 04 25 00 00 00 00  mov rax, gs:[0]
    100035  f4                    hlt
  `,
  steps: `
    100000 mov ecx, 0xc0000102 | rcx 0→c0000102
    100005 mov eax, 0x11223344 | rax 0→11223344
    10000a mov edx, 0x55 | rdx 0→55
    10000f wrmsr | msr_kernel_gs_base 0→5511223344
    100011 mov ecx, 0xc0000101 | rcx c0000102→c0000101
    100016 mov eax, 0x500 | rax 11223344→500
    10001b xor edx, edx | rdx 55→0; +pf+zf
    10001d wrmsr | gs_base 0→500
    10001f swapgs | gs_base 500→5511223344; msr_kernel_gs_base 5511223344→500
    100022 nop
    100023 swapgs | gs_base 5511223344→500; msr_kernel_gs_base 500→5511223344
    100026 swapgs | gs_base 500→5511223344; msr_kernel_gs_base 5511223344→500
    100029 swapgs | gs_base 5511223344→500; msr_kernel_gs_base 500→5511223344
    10002c mov rax, gs:[0] | rax 500→0
    100035 hlt
  `,
});

hazard('RDRAND and RDSEED are inputs', {
  mode: 'long',
  listing: `
    100000  48 0f c7 f0           rdrand rax
    100004  48 0f c7 f9           rdseed rcx
    100008  41 0f c7 f1           rdrand r9d
    10000c  31 c0                 xor eax, eax
    10000e  31 c9                 xor ecx, ecx
    100010  45 31 c9              xor r9d, r9d
    100013  f4                    hlt
  `,
  steps: `
    100000 rdrand rax | rax 0→?; +cf; input random
    100004 rdseed rcx | rcx 0→?; input random
    100008 rdrand r9d | r9 0→?; input random
    10000c xor eax, eax | rax ?→0; -cf+pf+zf
    10000e xor ecx, ecx | rcx ?→0
    100010 xor r9d, r9d | r9 ?→0
    100013 hlt
  `,
});

hazard('RDFSBASE, WRFSBASE, RDGSBASE and WRGSBASE', {
  mode: 'long',
  listing: `
    100000  0f 20 e0              mov rax, cr4
    100003  0f ba e8 10           bts eax, 0x10
    100007  0f 22 e0              mov cr4, rax
    10000a  bb 34 12 00 00        mov ebx, 0x1234
    10000f  f3 48 0f ae d3        wrfsbase rbx
    100014  f3 48 0f ae c1        rdfsbase rcx
    100019  81 c3 05 00 00 00     add ebx, 5
    10001f  f3 48 0f ae db        wrgsbase rbx
    100024  f3 48 0f ae ca        rdgsbase rdx
    100029  f3 0f ae d1           wrfsbase ecx
    10002d  f3 0f ae c3           rdfsbase ebx
    100031  f4                    hlt
  `,
  steps: `
    100000 mov rax, cr4 | rax 0→620
    100003 bts eax, 0x10 | rax 620→10620
    100007 mov cr4, rax | cr4 620→10620
    10000a mov ebx, 0x1234 | rbx 0→1234
    10000f wrfsbase rbx | fs_base 0→1234
    100014 rdfsbase rcx | rcx 0→1234
    100019 add ebx, 5 | rbx 1234→1239; +pf
    10001f wrgsbase rbx | gs_base 0→1239
    100024 rdgsbase rdx | rdx 0→1239
    100029 wrfsbase ecx
    10002d rdfsbase ebx | rbx 1239→1234
    100031 hlt
  `,
});

hazard('FXSAVE, and its 512 bytes', {
  mode: 'long',
  listing: `
    100000  0f 10 04 25 1c 00 10 00  movups xmm0, [0x10001c]
    100008  bf 00 30 00 00        mov edi, 0x3000
    10000d  0f ae 07              fxsave [rdi]
    100010  90                    nop
    100011  0f ae 07              fxsave [rdi]
    100014  0f ae 87 f0 0d 00 00  fxsave [rdi+0xdf0]
    10001b  f4                    hlt
    10001c  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10  db
  `,
  steps: `
    100000 movups xmm0, [0x10001c] | xmm0_0 0→807060504030201; xmm0_1 0→100f0e0d0c0b0a09
    100008 mov edi, 0x3000 | rdi 0→3000
    10000d fxsave [rdi] | [3000]:8=37f; [3018]:8=MXCSR_MASK00001f80; [30a0]:8=807060504030201; [30a8]:8=100f0e0d0c0b0a09
    100010 nop
    100011 fxsave [rdi]
    100014 fxsave [rdi+0xdf0] | [3df0]:8=37f; [3e08]:8=MXCSR_MASK00001f80; [3e90]:8=807060504030201; [3e98]:8=100f0e0d0c0b0a09
    10001b hlt
  `,
});
