/** The same by far returns, far calls and jumps through memory. */
import { hazard } from '../../../helpers/hazard.js';
import { quadsAt } from '../../../helpers/tables.js';

hazard('the same by far returns, far calls and jumps through memory', {
  mode: 'real',
  data: [quadsAt(0x10000, [0x11023n]), quadsAt(0x11000, [0x12023n]), quadsAt(0x12000, [0xe3n])],
  listing: `
    7c00  0f 01 16 a0 7c        lgdt [0x7ca0]
    7c05  0f 20 c0              mov eax, cr0
    7c08  0c 01                 or al, 1
    7c0a  0f 22 c0              mov cr0, eax
    7c0d  ff 2e a6 7c           jmp far dword ptr [0x7ca6]
    bits 32
    7c11  66 b8 10 00           mov ax, 0x10
    7c15  66 8e d8              mov ds, ax
    7c18  66 8e d0              mov ss, ax
    7c1b  bc 00 70 00 00        mov esp, 0x7000
    7c20  b8 20 00 00 00        mov eax, 0x20
    7c25  0f 22 e0              mov cr4, eax
    7c28  b8 00 00 01 00        mov eax, 0x10000
    7c2d  0f 22 d8              mov cr3, eax
    7c30  b9 80 00 00 c0        mov ecx, 0xc0000080
    7c35  b8 00 01 00 00        mov eax, 0x100
    7c3a  31 d2                 xor edx, edx
    7c3c  0f 30                 wrmsr
    7c3e  b8 11 00 00 80        mov eax, 0x80000011
    7c43  0f 22 c0              mov cr0, eax
    7c46  68 18 00 00 00        push 0x18
    7c4b  68 51 7c 00 00        push 0x7c51
    7c50  cb                    ret far
    bits 64
    7c51  ff 1c 25 aa 7c 00 00  call far fword ptr [0x7caa]
    7c58  b8 00 05 00 00        mov eax, 0x500
    7c5d  ff 2c 25 b0 7c 00 00  jmp far fword ptr [0x7cb0]
    bits 32
    7c64  cb                    ret far
    7c65  b8 11 00 00 00        mov eax, 0x11
    7c6a  0f 22 c0              mov cr0, eax
    7c6d  f4                    hlt
    7c70  00 00 00 00 00 00 00 00 ff ff 00 00 00 9b cf 00  db
    7c80  ff ff 00 00 00 93 cf 00 ff ff 00 00 00 9b af 00  db
    7c90  ff ff 00 00 00 9b 00 00 ff ff 00 00 00 93 00 00  db
    7ca0  2f 00                 db
    7ca2  70 7c 00 00           db
    7ca6  11 7c 08 00           db
    7caa  64 7c 00 00           db
    7cae  08 00                 db
    7cb0  65 7c 00 00           db
    7cb4  08 00                 db
  `,
  steps: `
    7c00 lgdt [0x7ca0] | gdtr_base 0→7c70; gdtr_limit ffff→2f
    7c05 mov eax, cr0 | rax 0→10
    7c08 or al, 1 | rax 10→11; +pf
    7c0a mov cr0, eax | cr0 10→11
    7c0d jmp far dword ptr [0x7ca6] | cs 0→8; cs_limit ffff→ffffffff; cs_attributes 9b→c09b
    7c11 mov ax, 0x10 | rax 11→10
    7c15 mov ds, ax | ds 0→10; ds_limit ffff→ffffffff; ds_attributes 93→c093
    7c18 mov ss, ax | ss 0→10; ss_limit ffff→ffffffff; ss_attributes 93→c093
    7c1b mov esp, 0x7000 | rsp 7c00→7000
    7c20 mov eax, 0x20 | rax 10→20
    7c25 mov cr4, eax | cr4 0→20
    7c28 mov eax, 0x10000 | rax 20→10000
    7c2d mov cr3, eax | cr3 0→10000
    7c30 mov ecx, 0xc0000080 | rcx 0→c0000080
    7c35 mov eax, 0x100 | rax 10000→100
    7c3a xor edx, edx | +zf
    7c3c wrmsr | efer 0→100
    7c3e mov eax, 0x80000011 | rax 100→80000011
    7c43 mov cr0, eax | cr0 11→80000011; efer 100→500
    7c46 push 0x18 | rsp 7000→6ffc; [6ffc]:4=18
    7c4b push 0x7c51 | rsp 6ffc→6ff8; [6ff8]:4=7c51
    7c50 ret far | rsp 6ff8→7000; cs 8→18; cs_attributes c09b→a09b
    7c51 call far fword ptr [0x7caa] | rsp 7000→6ff8; cs 18→8; cs_attributes a09b→c09b; [6ff8]:4=7c58
    7c64 ret far | rsp 6ff8→7000; cs 8→18; cs_attributes c09b→a09b
    7c58 mov eax, 0x500 | rax 80000011→500
    7c5d jmp far fword ptr [0x7cb0] | cs 18→8; cs_attributes a09b→c09b
    7c65 mov eax, 0x11 | rax 500→11
    7c6a mov cr0, eax | cr0 80000011→11; efer 500→100
    7c6d hlt
  `,
});
