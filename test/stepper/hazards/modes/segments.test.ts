/** Segment registers, descriptor tables, control registers. */
import { hazard } from '../../../helpers/hazard.js';

hazard('segment registers in real mode: selector and base', {
  mode: 'real',
  listing: `
    7c00  b8 34 12              mov ax, 0x1234
    7c03  8e d8                 mov ds, ax
    7c05  8e c0                 mov es, ax
    7c07  8e e0                 mov fs, ax
    7c09  8e e8                 mov gs, ax
    7c0b  1e                    push ds
    7c0c  17                    pop ss
    7c0d  c4 1e 00 01           les bx, [0x100]
    7c11  2e c5 36 40 7c        lds si, cs:[0x7c40]
    7c16  f4                    hlt
    7c40  05 00 00 07           db
  `,
  steps: `
    7c00 mov ax, 0x1234 | rax 0→1234
    7c03 mov ds, ax | ds 0→1234; ds_base 0→12340
    7c05 mov es, ax | es 0→1234; es_base 0→12340
    7c07 mov fs, ax | fs 0→1234; fs_base 0→12340
    7c09 mov gs, ax | gs 0→1234; gs_base 0→12340
    7c0b push ds | rsp 7c00→7bfe; [7bfe]:2=1234
    7c0c pop ss | rsp 7bfe→7c00; ss 0→1234; ss_base 0→12340
    7c0d les bx, [0x100] | es 1234→0; es_base 12340→0
    7c11 lds si, cs:[0x7c40] | rsi 0→5; ds 1234→700; ds_base 12340→7000
    7c16 hlt
  `,
});

hazard('segment registers in protected mode: descriptor and all', {
  mode: 'protected',
  listing: `
    100000  b8 30 00 00 00        mov eax, 0x30
    100005  8e d8                 mov ds, ax
    100007  8e c0                 mov es, ax
    100009  8e e0                 mov fs, ax
    10000b  8e e8                 mov gs, ax
    10000d  1e                    push ds
    10000e  31 c0                 xor eax, eax
    100010  8e c0                 mov es, ax
    100012  1f                    pop ds
    100013  8e e0                 mov fs, ax
    100015  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0x30 | rax 0→30
    100005 mov ds, ax | ds 10→30; ds_limit ffffffff→ffff; ds_attributes c093→93
    100007 mov es, ax | es 10→30; es_limit ffffffff→ffff; es_attributes c093→93
    100009 mov fs, ax | fs 10→30; fs_limit ffffffff→ffff; fs_attributes c093→93
    10000b mov gs, ax | gs 10→30; gs_limit ffffffff→ffff; gs_attributes c093→93
    10000d push ds | rsp 200000→1ffffc; [1ffffc]:4=30
    10000e xor eax, eax | rax 30→0; +pf+zf
    100010 mov es, ax | es 30→0; es_limit ffff→0; es_attributes 93→10000
    100012 pop ds | rsp 1ffffc→200000
    100013 mov fs, ax | fs 30→0; fs_limit ffff→0; fs_attributes 93→10000
    100015 hlt
  `,
});

hazard('a descriptor whose Accessed bit the CPU sets', {
  mode: 'protected',
  listing: `
    100000  0f 01 15 1c 00 10 00  lgdt [0x10001c]
    100007  b8 08 00 00 00        mov eax, 8
    10000c  8e d8                 mov ds, ax
    10000e  8e c0                 mov es, ax
    100010  b8 10 00 00 00        mov eax, 0x10
    100015  0f 00 d8              ltr ax
    100018  0f 00 c9              str ecx
    10001b  f4                    hlt
    10001c  17 00                 db
    10001e  22 00 10 00           db
    100022  00 00 00 00 00 00 00 00 ff ff 00 00 00 92 cf 00  db
    100032  67 00 00 70 00 89 00 00  db
  `,
  steps: `
    100000 lgdt [0x10001c] | gdtr_base ffff6000→100022; gdtr_limit 3f→17
    100007 mov eax, 8 | rax 0→8
    10000c mov ds, ax | ds 10→8; [10002f]:1=93
    10000e mov es, ax | es 10→8
    100010 mov eax, 0x10 | rax 8→10
    100015 ltr ax | tr 38→10; tr_base ffff7000→7000; [100037]:1=8b
    100018 str ecx | rcx 0→10
    10001b hlt
  `,
});

hazard('loading LDTR and TR, LGDT and SGDT, LMSW and SMSW, CLTS, INVLPG, WBINVD', {
  mode: 'long',
  listing: `
    100000  0f 01 04 25 00 05 00 00  sgdt [0x500]
    100008  0f 01 0c 25 10 05 00 00  sidt [0x510]
    100010  0f 01 14 25 00 05 00 00  lgdt [0x500]
    100018  0f 01 1c 25 10 05 00 00  lidt [0x510]
    100020  66 0f 00 c8           str ax
    100024  66 0f 00 c0           sldt ax
    100028  31 c9                 xor ecx, ecx
    10002a  0f 00 d1              lldt cx
    10002d  0f 01 e0              smsw eax
    100030  0d 08 00 00 00        or eax, 8
    100035  0f 01 f0              lmsw ax
    100038  0f 06                 clts
    10003a  0f 01 3c 25 00 20 00 00  invlpg [0x2000]
    100042  0f 09                 wbinvd
    100044  0f 08                 invd
    100046  44 0f 20 c0           mov rax, cr8
    10004a  b8 05 00 00 00        mov eax, 5
    10004f  44 0f 22 c0           mov cr8, rax
    100053  48 b8 34 12 00 00 00 00 00 00  mov rax, 0x1234
    10005d  0f 22 d0              mov cr2, rax
    100060  f4                    hlt
  `,
  steps: `
    100000 sgdt [0x500] | [500]:8=ffff60000047
    100008 sidt [0x510]
    100010 lgdt [0x500]
    100018 lidt [0x510]
    100020 str ax | rax 0→38
    100024 sldt ax | rax 38→0
    100028 xor ecx, ecx | +pf+zf
    10002a lldt cx
    10002d smsw eax | rax 0→80050033
    100030 or eax, 8 | rax 80050033→8005003b; -pf-zf+sf
    100035 lmsw ax | cr0 80050033→8005003b
    100038 clts | cr0 8005003b→80050033
    10003a invlpg [0x2000]
    100042 wbinvd
    100044 invd
    100046 mov rax, cr8 | rax 8005003b→0
    10004a mov eax, 5 | rax 0→5
    10004f mov cr8, rax | cr8 0→5
    100053 mov rax, 0x1234 | rax 5→1234
    10005d mov cr2, rax | cr2 0→1234
    100060 hlt
  `,
});
