/** MMIO accesses that KVM takes apart: over a page, over the end of RAM, of 16 bytes. */
import { hazard } from '../../../helpers/hazard.js';

hazard('pieces of an access that crosses a page of MMIO', {
  mode: 'long',
  listing: `
    100000  bb fc 0f 00 10        mov ebx, 0x10000ffc
    100005  48 b8 11 22 33 44 55 66 77 88  mov rax, 0x8877665544332211
    10000f  48 89 03              mov [rbx], rax
    100012  48 8b 03              mov rax, [rbx]
    100015  48 81 03 02 00 00 00  add qword ptr [rbx], 2
    10001c  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000ffc | rbx 0→10000ffc
    100005 mov rax, 0x8877665544332211 | rax 0→8877665544332211
    10000f mov [rbx], rax | write 10000ffc:4=11223344; write 10001000:4=55667788
    100012 mov rax, [rbx] | rax 8877665544332211→ffffffffffffffff; read 10000ffc:4=ffffffff; read 10001000:4=ffffffff
    100015 add qword ptr [rbx], 2 | +cf+af; read 10000ffc:4=ffffffff; read 10001000:4=ffffffff; write 10000ffc:4=01000000; write 10001000:4=00000000
    10001c hlt
  `,
});

// RAM ends at 0x200000.
hazard('an access that begins in RAM and ends in MMIO', {
  mode: 'long',
  listing: `
    100000  bb fc ff 1f 00        mov ebx, 0x1ffffc
    100005  48 b8 11 22 33 44 55 66 77 88  mov rax, 0x8877665544332211
    10000f  48 89 03              mov [rbx], rax
    100012  48 8b 0b              mov rcx, [rbx]
    100015  48 81 03 02 00 00 00  add qword ptr [rbx], 2
    10001c  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x1ffffc | rbx 0→1ffffc
    100005 mov rax, 0x8877665544332211 | rax 0→8877665544332211
    10000f mov [rbx], rax | [1ffffc]:4=44332211; write 200000:4=55667788
    100012 mov rcx, [rbx] | rcx 0→ffffffff44332211; read 200000:4=ffffffff
    100015 add qword ptr [rbx], 2 | +sf; [1ffffc]:4=44332213; read 200000:4=ffffffff; write 200000:4=ffffffff
    10001c hlt
  `,
});

// The boot tables begin at 0xffff0000; what lies below is nothing.
hazard('an access that begins in MMIO and ends in RAM', {
  mode: 'long',
  listing: `
    100000  bb fc ff fe ff        mov ebx, 0xfffefffc
    100005  48 8b 0b              mov rcx, [rbx]
    100008  48 89 0b              mov [rbx], rcx
    10000b  b9 78 56 34 12        mov ecx, 0x12345678
    100010  89 4b 02              mov [rbx+2], ecx
    100013  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0xfffefffc | rbx 0→fffefffc
    100005 mov rcx, [rbx] | rcx 0→ffff1023ffffffff; read fffefffc:4=ffffffff
    100008 mov [rbx], rcx | write fffefffc:4=ffffffff
    10000b mov ecx, 0x12345678 | rcx ffff1023ffffffff→12345678
    100010 mov [rbx+2], ecx | [ffff0000]:2=1234; write fffefffe:2=7856
  `,
  stop: 'shutdown',
});

hazard('accesses of 16 bytes to MMIO: two pieces of 8', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  f3 0f 6f 03           movdqu xmm0, [rbx]
    100009  0f 11 43 10           movups [rbx+0x10], xmm0
    10000d  66 0f 6f 0b           movdqa xmm1, [rbx]
    100011  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 movdqu xmm0, [rbx] | xmm0_0 0→ffffffffffffffff; xmm0_1 0→ffffffffffffffff; read 10000000:8=ffffffffffffffff; read 10000008:8=ffffffffffffffff
    100009 movups [rbx+0x10], xmm0 | write 10000010:8=ffffffffffffffff; write 10000018:8=ffffffffffffffff
    10000d movdqa xmm1, [rbx] | xmm1_0 0→ffffffffffffffff; xmm1_1 0→ffffffffffffffff; read 10000000:8=ffffffffffffffff; read 10000008:8=ffffffffffffffff
    100011 hlt
  `,
});

hazard('unaligned MMIO accesses within a page are one piece', {
  mode: 'long',
  listing: `
    100000  bb 03 00 00 10        mov ebx, 0x10000003
    100005  48 8b 03              mov rax, [rbx]
    100008  66 89 03              mov [rbx], ax
    10000b  8b 43 02              mov eax, [rbx+2]
    10000e  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000003 | rbx 0→10000003
    100005 mov rax, [rbx] | rax 0→ffffffffffffffff; read 10000003:8=ffffffffffffffff
    100008 mov [rbx], ax | write 10000003:2=ffff
    10000b mov eax, [rbx+2] | rax ffffffffffffffff→ffffffff; read 10000005:4=ffffffff
    10000e hlt
  `,
});
