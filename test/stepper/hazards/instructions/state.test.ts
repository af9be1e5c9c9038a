/** State beside the general registers: MSRs, debug registers, SSE and x87. */
import { hazard } from '../../../helpers/hazard.js';

hazard('WRMSR: the MSRs that KVM lists are registers', {
  mode: 'long',
  listing: `
    100000  b9 82 00 00 c0        mov ecx, 0xc0000082
    100005  b8 44 33 22 11        mov eax, 0x11223344
    10000a  ba ff ff ff ff        mov edx, 0xffffffff
    10000f  0f 30                 wrmsr
    100011  0f 30                 wrmsr
    100013  b9 74 01 00 00        mov ecx, 0x174
    100018  31 d2                 xor edx, edx
    10001a  0f 30                 wrmsr
    10001c  b9 00 01 00 c0        mov ecx, 0xc0000100
    100021  0f 30                 wrmsr
    100023  b9 77 02 00 00        mov ecx, 0x277
    100028  b8 04 05 06 00        mov eax, 0x60504
    10002d  89 c2                 mov edx, eax
    10002f  0f 30                 wrmsr
    100031  f4                    hlt
  `,
  steps: `
    100000 mov ecx, 0xc0000082 | rcx 0→c0000082
    100005 mov eax, 0x11223344 | rax 0→11223344
    10000a mov edx, 0xffffffff | rdx 0→ffffffff
    10000f wrmsr | msr_lstar 0→ffffffff11223344
    100011 wrmsr
    100013 mov ecx, 0x174 | rcx c0000082→174
    100018 xor edx, edx | rdx ffffffff→0; +pf+zf
    10001a wrmsr | msr_sysenter_cs 0→11223344
    10001c mov ecx, 0xc0000100 | rcx 174→c0000100
    100021 wrmsr | fs_base 0→11223344
    100023 mov ecx, 0x277 | rcx c0000100→277
    100028 mov eax, 0x60504 | rax 11223344→60504
    10002d mov edx, eax | rdx 0→60504
    10002f wrmsr | msr_pat 7040600070406→6050400060504
    100031 hlt
  `,
});

hazard('debug registers', {
  mode: 'long',
  listing: `
    100000  b8 34 12 00 00        mov eax, 0x1234
    100005  0f 23 c0              mov dr0, rax
    100008  0f 23 d8              mov dr3, rax
    10000b  0f 21 c3              mov rbx, dr0
    10000e  0f 21 f1              mov rcx, dr6
    100011  0f 21 f9              mov rcx, dr7
    100014  0f 23 f9              mov dr7, rcx
    100017  b8 00 04 00 00        mov eax, 0x400
    10001c  0f 23 f8              mov dr7, rax
    10001f  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0x1234 | rax 0→1234
    100005 mov dr0, rax | dr0 0→1234
    100008 mov dr3, rax | dr3 0→1234
    10000b mov rbx, dr0 | rbx 0→1234
    10000e mov rcx, dr6 | rcx 0→ffff0ff0
    100011 mov rcx, dr7 | rcx ffff0ff0→400
    100014 mov dr7, rcx
    100017 mov eax, 0x400 | rax 1234→400
    10001c mov dr7, rax
    10001f hlt
  `,
});

hazard('SSE moves', {
  mode: 'long',
  listing: `
    100000  0f 10 04 25 40 00 10 00  movups xmm0, [0x100040]
    100008  66 0f 6f c8           movdqa xmm1, xmm0
    10000c  44 0f 28 f9           movaps xmm15, xmm1
    100010  f3 0f 7f 04 25 00 05 00 00  movdqu [0x500], xmm0
    100019  0f c3 04 25 10 05 00 00  movnti [0x510], eax
    100021  44 0f 29 3c 25 20 05 00 00  movaps [0x520], xmm15
    10002a  db e3                 fninit
    10002c  d9 3c 25 30 05 00 00  fnstcw [0x530]
    100033  f4                    hlt
    100040  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10  db
  `,
  steps: `
    100000 movups xmm0, [0x100040] | xmm0_0 0→807060504030201; xmm0_1 0→100f0e0d0c0b0a09
    100008 movdqa xmm1, xmm0 | xmm1_0 0→807060504030201; xmm1_1 0→100f0e0d0c0b0a09
    10000c movaps xmm15, xmm1 | xmm15_0 0→807060504030201; xmm15_1 0→100f0e0d0c0b0a09
    100010 movdqu [0x500], xmm0 | [500]:8=807060504030201; [508]:8=100f0e0d0c0b0a09
    100019 movnti [0x510], eax
    100021 movaps [0x520], xmm15 | [520]:8=807060504030201; [528]:8=100f0e0d0c0b0a09
    10002a fninit
    10002c fnstcw [0x530] | [530]:2=37f
    100033 hlt
  `,
});

hazard('--no-fpu leaves x87 and SSE registers out, not the steps and not memory', {
  mode: 'long',
  options: { fpu: false },
  listing: `
    100000  0f 10 04 25 20 00 10 00  movups xmm0, [0x100020]
    100008  66 0f 6f c8           movdqa xmm1, xmm0
    10000c  f3 0f 7f 0c 25 00 05 00 00  movdqu [0x500], xmm1
    100015  f4                    hlt
    100020  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10  db
  `,
  steps: `
    100000 movups xmm0, [0x100020]
    100008 movdqa xmm1, xmm0
    10000c movdqu [0x500], xmm1 | [500]:8=807060504030201; [508]:8=100f0e0d0c0b0a09
    100015 hlt
  `,
});
