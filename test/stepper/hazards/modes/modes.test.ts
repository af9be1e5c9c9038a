/** Far jumps through every mode switch. */
import { hazard } from '../../../helpers/hazard.js';
import { quadsAt } from '../../../helpers/tables.js';

hazard('real to protected to long to compatibility to real mode, by far jumps', {
  mode: 'real',
  data: [quadsAt(0x10000, [0x11023n]), quadsAt(0x11000, [0x12023n]), quadsAt(0x12000, [0xe3n])],
  listing: `
    7c00  fa                    cli
    7c01  31 c0                 xor ax, ax
    7c03  8e d8                 mov ds, ax
    7c05  0f 01 16 e0 7c        lgdt [0x7ce0]
    7c0a  0f 20 c0              mov eax, cr0
    7c0d  0c 01                 or al, 1
    7c0f  0f 22 c0              mov cr0, eax
    7c12  ea 17 7c 08 00        jmp far 0x7c17, 8
    bits 32
    7c17  66 b8 10 00           mov ax, 0x10
    7c1b  66 8e d8              mov ds, ax
    7c1e  66 8e c0              mov es, ax
    7c21  66 8e d0              mov ss, ax
    7c24  bc 00 70 00 00        mov esp, 0x7000
    7c29  0f 20 e0              mov eax, cr4
    7c2c  0d 20 00 00 00        or eax, 0x20
    7c31  0f 22 e0              mov cr4, eax
    7c34  b8 00 00 01 00        mov eax, 0x10000
    7c39  0f 22 d8              mov cr3, eax
    7c3c  b9 80 00 00 c0        mov ecx, 0xc0000080
    7c41  0f 32                 rdmsr
    7c43  0d 00 01 00 00        or eax, 0x100
    7c48  0f 30                 wrmsr
    7c4a  0f 20 c0              mov eax, cr0
    7c4d  0d 00 00 00 80        or eax, 0x80000000
    7c52  0f 22 c0              mov cr0, eax
    7c55  ea 5c 7c 00 00 18 00  jmp far 0x7c5c, 0x18
    bits 64
    7c5c  48 b8 88 77 66 55 44 33 22 11  mov rax, 0x1122334455667788
    7c66  0f 20 db              mov rbx, cr3
    7c69  0f 22 db              mov cr3, rbx
    7c6c  68 08 00 00 00        push 8
    7c71  68 78 7c 00 00        push 0x7c78
    7c76  48 cb                 data64 ret far
    bits 32
    7c78  90                    nop
    7c79  0f 20 c0              mov eax, cr0
    7c7c  25 ff ff ff 7f        and eax, 0x7fffffff
    7c81  0f 22 c0              mov cr0, eax
    7c84  90                    nop
    7c85  b9 80 00 00 c0        mov ecx, 0xc0000080
    7c8a  0f 32                 rdmsr
    7c8c  25 ff fe ff ff        and eax, 0xfffffeff
    7c91  0f 30                 wrmsr
    7c93  ea 9a 7c 00 00 20 00  jmp far 0x7c9a, 0x20
    bits 16
    7c9a  90                    nop
    7c9b  0f 20 c0              mov eax, cr0
    7c9e  24 fe                 and al, 0xfe
    7ca0  0f 22 c0              mov cr0, eax
    7ca3  ea a8 7c 00 00        jmp far 0x7ca8, 0
    7ca8  90                    nop
    7ca9  fb                    sti
    7caa  fa                    cli
    7cab  f4                    hlt
    7cb0  00 00 00 00 00 00 00 00 ff ff 00 00 00 9b cf 00  db
    7cc0  ff ff 00 00 00 93 cf 00 ff ff 00 00 00 9b af 00  db
    7cd0  ff ff 00 00 00 9b 00 00 ff ff 00 00 00 93 00 00  db
    7ce0  2f 00                 db
    7ce2  b0 7c 00 00           db
  `,
  steps: `
    7c00 cli
    7c01 xor ax, ax | +pf+zf
    7c03 mov ds, ax
    7c05 lgdt [0x7ce0] | gdtr_base 0→7cb0; gdtr_limit ffff→2f
    7c0a mov eax, cr0 | rax 0→10
    7c0d or al, 1 | rax 10→11; -zf
    7c0f mov cr0, eax | cr0 10→11
    7c12 jmp far 0x7c17, 8 | cs 0→8; cs_limit ffff→ffffffff; cs_attributes 9b→c09b
    7c17 mov ax, 0x10 | rax 11→10
    7c1b mov ds, ax | ds 0→10; ds_limit ffff→ffffffff; ds_attributes 93→c093
    7c1e mov es, ax | es 0→10; es_limit ffff→ffffffff; es_attributes 93→c093
    7c21 mov ss, ax | ss 0→10; ss_limit ffff→ffffffff; ss_attributes 93→c093
    7c24 mov esp, 0x7000 | rsp 7c00→7000
    7c29 mov eax, cr4 | rax 10→0
    7c2c or eax, 0x20 | rax 0→20; -pf
    7c31 mov cr4, eax | cr4 0→20
    7c34 mov eax, 0x10000 | rax 20→10000
    7c39 mov cr3, eax | cr3 0→10000
    7c3c mov ecx, 0xc0000080 | rcx 0→c0000080
    7c41 rdmsr | rax 10000→0; input msr
    7c43 or eax, 0x100 | rax 0→100; +pf
    7c48 wrmsr | efer 0→100
    7c4a mov eax, cr0 | rax 100→11
    7c4d or eax, 0x80000000 | rax 11→80000011; +sf
    7c52 mov cr0, eax | cr0 11→80000011; efer 100→500
    7c55 jmp far 0x7c5c, 0x18 | cs 8→18; cs_attributes c09b→a09b
    7c5c mov rax, 0x1122334455667788 | rax 80000011→1122334455667788
    7c66 mov rbx, cr3 | rbx 0→10000
    7c69 mov cr3, rbx
    7c6c push 8 | rsp 7000→6ff8; [6ff8]:8=8
    7c71 push 0x7c78 | rsp 6ff8→6ff0; [6ff0]:8=7c78
    7c76 data64 ret far | rsp 6ff0→7000; cs 18→8; cs_attributes a09b→c09b
    7c78 nop
    7c79 mov eax, cr0 | rax 1122334455667788→80000011
    7c7c and eax, 0x7fffffff | rax 80000011→11; -sf
    7c81 mov cr0, eax | cr0 80000011→11; efer 500→100
    7c84 nop
    7c85 mov ecx, 0xc0000080
    7c8a rdmsr | rax 11→100; input msr
    7c8c and eax, 0xfffffeff | rax 100→0; +zf
    7c91 wrmsr | efer 100→0
    7c93 jmp far 0x7c9a, 0x20 | cs 8→20; cs_limit ffffffff→ffff; cs_attributes c09b→9b
    7c9a nop
    7c9b mov eax, cr0 | rax 0→11
    7c9e and al, 0xfe | rax 11→10; -pf-zf
    7ca0 mov cr0, eax | cr0 11→10
    7ca3 jmp far 0x7ca8, 0 | cs 20→0
    7ca8 nop
    7ca9 sti | +if
    7caa cli | -if
    7cab hlt
  `,
});

hazard('far jumps, calls and returns in real mode', {
  mode: 'real',
  listing: `
    7c00  ea 10 00 c0 07        jmp far 0x10, 0x7c0
    bits 16 base 7c00
    7c10  9a 40 7c 00 00        call far 0x7c40, 0
    7c15  2e ff 1e 30 00        call far dword ptr cs:[0x30]
    7c1a  68 00 00              push 0
    7c1d  68 60 7c              push 0x7c60
    7c20  cb                    ret far
    7c30  50 7c 00 00           db
    bits 16
    7c40  cb                    ret far
    bits 16
    7c50  90                    nop
    7c51  cb                    ret far
    bits 16
    7c60  f4                    hlt
  `,
  steps: `
    7c00 jmp far 0x10, 0x7c0 | cs 0→7c0; cs_base 0→7c00
    10 call far 0x7c40, 0 | rsp 7c00→7bfc; cs 7c0→0; cs_base 7c00→0; [7bfc]:4=7c00015
    7c40 ret far | rsp 7bfc→7c00; cs 0→7c0; cs_base 0→7c00
    15 call far dword ptr cs:[0x30] | rsp 7c00→7bfc; cs 7c0→0; cs_base 7c00→0; [7bfc]:2=1a
    7c50 nop
    7c51 ret far | rsp 7bfc→7c00; cs 0→7c0; cs_base 0→7c00
    1a push 0 | rsp 7c00→7bfe; [7bfe]:2=0
    1d push 0x7c60 | rsp 7bfe→7bfc; [7bfc]:2=7c60
    20 ret far | rsp 7bfc→7c00; cs 7c0→0; cs_base 7c00→0
    7c60 hlt
  `,
});
