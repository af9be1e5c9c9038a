/**
 * Guests that do a little of everything, with pseudo-random addresses and lengths: string
 * instructions over pages, read-modify-write, MMIO and port strings, instructions without a single-step trap, exceptions,
 * page tables that change under it, interrupts. What they compute is of no interest.
 */
import type { Guest } from './guest.js';
import { idt64, identityPages } from './tables.js';

/** #UD, #DE and #PF have handlers; #PF maps the page that was missing. */
export const STRESS_LONG: Guest = {
  mode: 'long',
  data: [idt64(0x101000, { 0: 0x100200, 6: 0x100200, 14: 0x100210 }), identityPages(0x110000)],
  listing: `
    100000  0f 01 1c 25 41 01 10 00  lidt [0x100141]
    100008  0f 20 e0              mov rax, cr4
    10000b  0f ba e8 10           bts eax, 0x10
    10000f  0f 22 e0              mov cr4, rax
    100012  48 bb 00 20 ff ff 00 00 00 00  mov rbx, 0xffff2000
    10001c  48 c7 03 63 00 11 00  mov qword ptr [rbx], 0x110063
    100023  41 bc 78 56 34 12     mov r12d, 0x12345678
    100029  41 bd 28 00 00 00     mov r13d, 0x28
    10002f  45 69 e4 6d 4e c6 41  imul r12d, 0x41c64e6d
    100036  41 81 c4 39 30 00 00  add r12d, 0x3039
    10003d  44 89 e0              mov eax, r12d
    100040  c1 e8 08              shr eax, 8
    100043  25 ff 7f 00 00        and eax, 0x7fff
    100048  48 8d b8 00 00 01 00  lea rdi, [rax+0x10000]
    10004f  89 c1                 mov ecx, eax
    100051  81 e1 ff 01 00 00     and ecx, 0x1ff
    100057  f3 aa                 rep stosb [rdi]
    100059  48 8d 77 f8           lea rsi, [rdi-8]
    10005d  48 8d be 01 80 00 00  lea rdi, [rsi+0x8001]
    100064  b9 bc 02 00 00        mov ecx, 0x2bc
    100069  f3 a4                 rep movsb [rdi], [rsi]
    10006b  48 89 37              mov [rdi], rsi
    10006e  48 87 47 05           xchg [rdi+5], rax
    100072  f0 ff 47 03           lock inc dword ptr [rdi+3]
    100076  57                    push rdi
    100077  41 5e                 pop r14
    100079  0f ae f0              mfence
    10007c  0f ae e8              lfence
    10007f  0f ae 04 25 00 00 02 00  fxsave [0x20000]
    100087  0f 10 47 f0           movups xmm0, [rdi-0x10]
    10008b  0f 11 47 64           movups [rdi+0x64], xmm0
    10008f  0f 0b                 ud2
    100091  0f 01 f8              swapgs
    100094  89 c0                 mov eax, eax
    100096  f3 48 0f ae d8        wrgsbase rax
    10009b  bb 00 00 00 10        mov ebx, 0x10000000
    1000a0  01 03                 add [rbx], eax
    1000a2  48 89 de              mov rsi, rbx
    1000a5  b9 03 00 00 00        mov ecx, 3
    1000aa  f3 a5                 rep movsd [rdi], [rsi]
    1000ac  48 89 fe              mov rsi, rdi
    1000af  ba 34 12 00 00        mov edx, 0x1234
    1000b4  b9 05 00 00 00        mov ecx, 5
    1000b9  f3 6e                 rep outsb dx, [rsi]
    1000bb  b9 05 00 00 00        mov ecx, 5
    1000c0  f3 6c                 rep insb [rdi], dx
    1000c2  e6 80                 out 0x80, al
    1000c4  e4 80                 in al, 0x80
    1000c6  9c                    pushfq
    1000c7  9d                    popfq
    1000c8  31 c9                 xor ecx, ecx
    1000ca  f7 f1                 div ecx
    1000cc  44 89 e0              mov eax, r12d
    1000cf  25 0f 00 00 00        and eax, 0xf
    1000d4  05 10 00 00 00        add eax, 0x10
    1000d9  48 89 c2              mov rdx, rax
    1000dc  48 c1 e2 0c           shl rdx, 0xc
    1000e0  48 89 d1              mov rcx, rdx
    1000e3  48 81 ca 01 00 00 00  or rdx, 1
    1000ea  41 f7 c4 01 00 00 00  test r12d, 1
    1000f1  74 1e                 je short 0x100111
    1000f3  48 81 ca 02 00 00 00  or rdx, 2
    1000fa  48 89 14 c5 00 00 11 00  mov [rax*8+0x110000], rdx
    100102  0f 01 39              invlpg [rcx]
    100105  48 89 91 f9 0f 00 00  mov [rcx+0xff9], rdx
    10010c  e9 16 00 00 00        jmp 0x100127
    100111  48 c7 04 c5 00 00 11 00 00 00 00 00  mov qword ptr [rax*8+0x110000], 0
    10011d  0f 01 39              invlpg [rcx]
    100120  48 89 91 f9 0f 00 00  mov [rcx+0xff9], rdx
    100127  e8 0a 00 00 00        call 0x100136
    10012c  41 ff cd              dec r13d
    10012f  0f 85 fa fe ff ff     jne 0x10002f
    100135  f4                    hlt
    100136  c8 20 00 00           enter 0x20, 0
    10013a  ff 37                 push qword ptr [rdi]
    10013c  8f 47 08              pop qword ptr [rdi+8]
    10013f  c9                    leave
    100140  c3                    ret
    100141  ff 0f                 db
    100143  00 10 10 00 00 00 00 00  db
    100200  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100208  48 cf                 iretq
    100210  48 81 c4 08 00 00 00  add rsp, 8
    100217  0f 20 d1              mov rcx, cr2
    10021a  48 c1 e9 0c           shr rcx, 0xc
    10021e  48 89 ca              mov rdx, rcx
    100221  48 c1 e2 0c           shl rdx, 0xc
    100225  48 81 ca 03 00 00 00  or rdx, 3
    10022c  48 89 14 cd 00 00 11 00  mov [rcx*8+0x110000], rdx
    100234  0f 20 d1              mov rcx, cr2
    100237  48 81 e1 00 f0 ff ff  and rcx, 0xfffffffffffff000
    10023e  48 cf                 iretq
  `,
};

/** A timer that interrupts all along, INT 0x21 and #DE. */
export const STRESS_REAL: Guest = {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 90 7c     mov word ptr [0x20], 0x7c90
    7c06  c7 06 84 00 9b 7c     mov word ptr [0x84], 0x7c9b
    7c0c  c7 06 00 00 a1 7c     mov word ptr [0], 0x7ca1
    7c12  b0 11                 mov al, 0x11
    7c14  e6 20                 out 0x20, al
    7c16  b0 08                 mov al, 8
    7c18  e6 21                 out 0x21, al
    7c1a  b0 04                 mov al, 4
    7c1c  e6 21                 out 0x21, al
    7c1e  b0 01                 mov al, 1
    7c20  e6 21                 out 0x21, al
    7c22  b0 fe                 mov al, 0xfe
    7c24  e6 21                 out 0x21, al
    7c26  b0 34                 mov al, 0x34
    7c28  e6 43                 out 0x43, al
    7c2a  b0 05                 mov al, 5
    7c2c  e6 40                 out 0x40, al
    7c2e  b0 00                 mov al, 0
    7c30  e6 40                 out 0x40, al
    7c32  b9 3c 00              mov cx, 0x3c
    7c35  fb                    sti
    7c36  51                    push cx
    7c37  89 c8                 mov ax, cx
    7c39  69 c0 6d 4e           imul ax, 0x4e6d
    7c3d  89 c7                 mov di, ax
    7c3f  81 e7 ff 3f           and di, 0x3fff
    7c43  81 c7 00 10           add di, 0x1000
    7c47  89 f9                 mov cx, di
    7c49  81 e1 ff 00           and cx, 0xff
    7c4d  f3 ab                 rep stosw [di]
    7c4f  be 00 10              mov si, 0x1000
    7c52  b9 2c 01              mov cx, 0x12c
    7c55  f3 a4                 rep movsb [di], [si]
    7c57  cd 21                 int 0x21
    7c59  bb 00 b8              mov bx, 0xb800
    7c5c  8e c3                 mov es, bx
    7c5e  26 ff 06 02 00        inc word ptr es:[2]
    7c63  ab                    stosw [di]
    7c64  1e                    push ds
    7c65  07                    pop es
    7c66  8e 16 8e 7c           mov ss, [0x7c8e]
    7c6a  50                    push ax
    7c6b  31 c9                 xor cx, cx
    7c6d  f6 f1                 div cl
    7c6f  58                    pop ax
    7c70  ba 34 12              mov dx, 0x1234
    7c73  89 fe                 mov si, di
    7c75  b9 04 00              mov cx, 4
    7c78  f3 6f                 rep outsw dx, [si]
    7c7a  66 89 d8              mov eax, ebx
    7c7d  66 89 05              mov [di], eax
    7c80  f0 66 01 45 01        lock add [di+1], eax
    7c85  59                    pop cx
    7c86  49                    dec cx
    7c87  74 03                 je short 0x7c8c
    7c89  e9 aa ff              jmp 0x7c36
    7c8c  fa                    cli
    7c8d  f4                    hlt
    7c8e  00 00                 db
    7c90  50                    push ax
    7c91  b0 20                 mov al, 0x20
    7c93  e6 20                 out 0x20, al
    7c95  ff 06 00 05           inc word ptr [0x500]
    7c99  58                    pop ax
    7c9a  cf                    iret
    7c9b  fb                    sti
    7c9c  ff 06 02 05           inc word ptr [0x502]
    7ca0  cf                    iret
    7ca1  55                    push bp
    7ca2  89 e5                 mov bp, sp
    7ca4  81 46 02 02 00        add word ptr [bp+2], 2
    7ca9  5d                    pop bp
    7caa  cf                    iret
  `,
};
