/** Results that do not follow from the state before are marked as inputs. */
import { hazard } from '../../../helpers/hazard.js';

hazard('RDTSC, RDPMC and CPUID are inputs', {
  mode: 'long',
  listing: `
    100000  ba ff ff ff ff        mov edx, 0xffffffff
    100005  0f 31                 rdtsc
    100007  31 c0                 xor eax, eax
    100009  ba ff ff ff ff        mov edx, 0xffffffff
    10000e  0f a2                 cpuid
    100010  b8 01 00 00 00        mov eax, 1
    100015  31 c9                 xor ecx, ecx
    100017  0f a2                 cpuid
    100019  31 db                 xor ebx, ebx
    10001b  31 c9                 xor ecx, ecx
    10001d  0f 31                 rdtsc
    10001f  ba ff ff ff ff        mov edx, 0xffffffff
    100024  b8 02 00 00 00        mov eax, 2
    100029  f4                    hlt
  `,
  steps: `
    100000 mov edx, 0xffffffff | rdx 0→ffffffff
    100005 rdtsc | rax 0→?; rdx ffffffff→?; input tsc
    100007 xor eax, eax | rax ?→0; +pf+zf
    100009 mov edx, 0xffffffff | rdx ?→ffffffff
    10000e cpuid | rax 0→?; rbx 0→?; rcx 0→?; rdx ffffffff→?; input cpuid
    100010 mov eax, 1 | rax ?→1
    100015 xor ecx, ecx | rcx ?→0
    100017 cpuid | rax 1→?; rbx ?→?; rcx 0→?; rdx ?→?; input cpuid
    100019 xor ebx, ebx | rbx ?→0
    10001b xor ecx, ecx | rcx ?→0
    10001d rdtsc | rax ?→?; rdx ?→?; input tsc
    10001f mov edx, 0xffffffff | rdx ?→ffffffff
    100024 mov eax, 2 | rax ?→2
    100029 hlt
  `,
});

hazard('RDTSC and CPUID in real mode', {
  mode: 'real',
  listing: `
    7c00  66 ba ff ff ff ff     mov edx, 0xffffffff
    7c06  0f 31                 rdtsc
    7c08  66 31 c0              xor eax, eax
    7c0b  0f a2                 cpuid
    7c0d  66 b8 01 00 00 00     mov eax, 1
    7c13  66 ba 01 00 00 00     mov edx, 1
    7c19  66 b9 01 00 00 00     mov ecx, 1
    7c1f  66 bb 01 00 00 00     mov ebx, 1
    7c25  f4                    hlt
  `,
  steps: `
    7c00 mov edx, 0xffffffff | rdx 0→ffffffff
    7c06 rdtsc | rax 0→?; rdx ffffffff→?; input tsc
    7c08 xor eax, eax | rax ?→0; +pf+zf
    7c0b cpuid | rax 0→?; rbx 0→?; rcx 0→?; rdx ?→?; input cpuid
    7c0d mov eax, 1 | rax ?→1
    7c13 mov edx, 1 | rdx ?→1
    7c19 mov ecx, 1 | rcx ?→1
    7c1f mov ebx, 1 | rbx ?→1
    7c25 hlt
  `,
});

hazard('RDMSR is an input of what it read', {
  mode: 'long',
  listing: `
    100000  b9 80 00 00 c0        mov ecx, 0xc0000080
    100005  0f 32                 rdmsr
    100007  f4                    hlt
  `,
  steps: `
    100000 mov ecx, 0xc0000080 | rcx 0→c0000080
    100005 rdmsr | rax 0→501; input msr
    100007 hlt
  `,
});

hazard('input from COM1', {
  mode: 'real',
  options: { input: 'AB' },
  listing: `
    7c00  ba fd 03              mov dx, 0x3fd
    7c03  ec                    in al, dx
    7c04  ba f8 03              mov dx, 0x3f8
    7c07  ec                    in al, dx
    7c08  ec                    in al, dx
    7c09  ba fd 03              mov dx, 0x3fd
    7c0c  ec                    in al, dx
    7c0d  f4                    hlt
  `,
  steps: `
    7c00 mov dx, 0x3fd | rdx 0→3fd
    7c03 in al, dx | rax 0→61; in 3fd:1=61
    7c04 mov dx, 0x3f8 | rdx 3fd→3f8
    7c07 in al, dx | rax 61→41; in 3f8:1=41
    7c08 in al, dx | rax 41→42; in 3f8:1=42
    7c09 mov dx, 0x3fd | rdx 3f8→3fd
    7c0c in al, dx | rax 42→60; in 3fd:1=60
    7c0d hlt
  `,
});
