/** User mode (level 3) in protected mode. */
import { hazard } from '../../../helpers/hazard.js';
import { ENTER_LEVEL_3, LEVEL_3_GDT } from '../../../helpers/level-3.js';
import { idt32 } from '../../../helpers/tables.js';

// The stack for level 0 comes from the TSS.
hazard('IRETD to level 3 in protected mode, INT 0x80 back, and faults from there', {
  mode: 'protected',
  data: [idt32(0x101000, { 13: 0x1000a0, 0x80: 0x1000b0 }, { access: 0xee00n }), LEVEL_3_GDT],
  listing: `
    100000  0f 01 15 5a 00 10 00  lgdt [0x10005a]
    100007  0f 01 1d 60 00 10 00  lidt [0x100060]
    ${ENTER_LEVEL_3}
    10004d  66 b8 23 00           mov ax, 0x23
    100051  66 8e d8              mov ds, ax
    100054  43                    inc ebx
    100055  cd 80                 int 0x80
    100057  43                    inc ebx
    100058  fa                    cli
    100059  f4                    hlt
    10005a  2f 00                 db
    10005c  00 20 10 00           db
    100060  07 04                 db
    100062  00 10 10 00           db
    1000a0  8b 04 24              mov eax, [esp]
    1000a3  81 c4 04 00 00 00     add esp, 4
    1000a9  f4                    hlt
    1000b0  8c d9                 mov ecx, ds
    1000b2  cf                    iretd
  `,
  steps: `
    100000 lgdt [0x10005a] | gdtr_base ffff6000→102000; gdtr_limit 3f→2f
    100007 lidt [0x100060] | idtr_base 0→101000; idtr_limit 0→407
    10000e mov dword ptr [0x103004], 0x9000 | [103004]:4=9000
    100018 mov dword ptr [0x103008], 0x10 | [103008]:4=10
    100022 mov word ptr [0x103066], 0x68 | [103066]:2=68
    10002b mov eax, 0x28 | rax 0→28
    100030 ltr ax | tr 38→28; tr_base ffff7000→103000; tr_limit 67→6f; [10202d]:1=8b
    100033 push 0x23 | rsp 200000→1ffffc; [1ffffc]:4=23
    100038 push 0x8000 | rsp 1ffffc→1ffff8; [1ffff8]:4=8000
    10003d push 2 | rsp 1ffff8→1ffff4; [1ffff4]:4=2
    100042 push 0x1b | rsp 1ffff4→1ffff0; [1ffff0]:4=1b
    100047 push 0x10004d | rsp 1ffff0→1fffec; [1fffec]:4=10004d
    10004c iretd | rsp 1fffec→8000; cs 8→1b; cs_attributes c09b→c0fb; ds 10→0; ds_limit ffffffff→0; ds_attributes c093→10000; es 10→0; es_limit ffffffff→0; es_attributes c093→10000; fs 10→0; fs_limit ffffffff→0; fs_attributes c093→10000; gs 10→0; gs_limit ffffffff→0; gs_attributes c093→10000; ss 10→23; ss_attributes c093→c0f3
    10004d mov ax, 0x23 | rax 28→23
    100051 mov ds, ax | ds 0→23; ds_limit 0→ffffffff; ds_attributes 10000→c0f3
    100054 inc ebx | rbx 0→1
    100055 int 0x80 | rsp 8000→8fec; cs 1b→8; cs_attributes c0fb→c09b; ss 23→10; ss_attributes c0f3→c093; [8fec]:3=100057; [8ff0]:5=20000001b; [8ff9]:4=23000080
    -- software 128 at 100057 assisted
    1000b0 mov ecx, ds | rcx 0→23
    1000b2 iretd | rsp 8fec→8000; cs 8→1b; cs_attributes c09b→c0fb; ss 10→23; ss_attributes c093→c0f3
    100057 inc ebx | rbx 1→2; rsp 8000→8fe8; cs 1b→8; cs_attributes c0fb→c09b; ss 23→10; ss_attributes c0f3→c093; [8fec]:1=58; [8ff6]:1=1
    -- fault 13 at 100058 code 0
    1000a0 mov eax, [esp] | rax 23→0
    1000a3 add esp, 4 | rsp 8fe8→8fec
    1000a9 hlt
  `,
});

hazard('faults of level 3 in protected mode: #UD, #DE and #GP', {
  mode: 'protected',
  data: [idt32(0x101000, { 0: 0x100080, 6: 0x1000a0, 13: 0x100090 }), LEVEL_3_GDT],
  listing: `
    100000  0f 01 15 58 00 10 00  lgdt [0x100058]
    100007  0f 01 1d 5e 00 10 00  lidt [0x10005e]
    ${ENTER_LEVEL_3}
    10004d  0f 0b                 ud2
    10004f  31 c9                 xor ecx, ecx
    100051  f7 f1                 div ecx
    100053  cd 40                 int 0x40
    100055  e4 80                 in al, 0x80
    100057  f4                    hlt
    100058  2f 00                 db
    10005a  00 20 10 00           db
    10005e  07 04                 db
    100060  00 10 10 00           db
    100080  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100087  cf                    iretd
    100090  5a                    pop edx
    100091  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100098  4b                    dec ebx
    100099  79 01                 jns short 0x10009c
    10009b  f4                    hlt
    10009c  cf                    iretd
    1000a0  bb 01 00 00 00        mov ebx, 1
    1000a5  81 04 24 02 00 00 00  add dword ptr [esp], 2
    1000ac  cf                    iretd
  `,
  steps: `
    100000 lgdt [0x100058] | gdtr_base ffff6000→102000; gdtr_limit 3f→2f
    100007 lidt [0x10005e] | idtr_base 0→101000; idtr_limit 0→407
    10000e mov dword ptr [0x103004], 0x9000 | [103004]:4=9000
    100018 mov dword ptr [0x103008], 0x10 | [103008]:4=10
    100022 mov word ptr [0x103066], 0x68 | [103066]:2=68
    10002b mov eax, 0x28 | rax 0→28
    100030 ltr ax | tr 38→28; tr_base ffff7000→103000; tr_limit 67→6f; [10202d]:1=8b
    100033 push 0x23 | rsp 200000→1ffffc; [1ffffc]:4=23
    100038 push 0x8000 | rsp 1ffffc→1ffff8; [1ffff8]:4=8000
    10003d push 2 | rsp 1ffff8→1ffff4; [1ffff4]:4=2
    100042 push 0x1b | rsp 1ffff4→1ffff0; [1ffff0]:4=1b
    100047 push 0x10004d | rsp 1ffff0→1fffec; [1fffec]:4=10004d
    10004c iretd | rsp 1fffec→8fec; cs 8→8; cs_attributes c09b→c09b; ds 10→0; ds_limit ffffffff→0; ds_attributes c093→10000; es 10→0; es_limit ffffffff→0; es_attributes c093→10000; fs 10→0; fs_limit ffffffff→0; fs_attributes c093→10000; gs 10→0; gs_limit ffffffff→0; gs_attributes c093→10000; ss 10→10; ss_attributes c093→c093; [8fec]:3=10004d; [8ff0]:7=100020000001b; [8ff9]:4=23000080
    -- fault 6 at 10004d
    1000a0 mov ebx, 1 | rbx 0→1
    1000a5 add dword ptr [esp], 2 | [8fec]:4=10004f
    1000ac iretd | rsp 8fec→8000; cs 8→1b; cs_attributes c09b→c0fb; ss 10→23; ss_attributes c093→c0f3
    10004f xor ecx, ecx | rsp 8000→8fec; +pf+zf; cs 1b→8; cs_attributes c0fb→c09b; ss 23→10; ss_attributes c0f3→c093; [8fec]:1=51; [8ff4]:1=46
    -- fault 0 at 100051
    100080 add dword ptr [esp], 2 | -zf; [8fec]:4=100053
    100087 iretd | rsp 8fec→8fe8; +zf; cs 8→8; cs_attributes c09b→c09b; ss 10→10; ss_attributes c093→c093; [8fe8]:2=202
    -- fault 13 at 100053 code 202 assisted by QEMU's fault, too
    100090 pop edx | rdx 0→202; rsp 8fe8→8fec
    100091 add dword ptr [esp], 2 | -zf; [8fec]:4=100055
    100098 dec ebx | rbx 1→0; +zf
    100099 jns short 0x10009c
    10009c iretd | rsp 8fec→8fe8; cs 8→8; cs_attributes c09b→c09b; ss 10→10; ss_attributes c093→c093; [8fe8]:2=0
    -- fault 13 at 100055 code 0
    100090 pop edx | rdx 202→0; rsp 8fe8→8fec
    100091 add dword ptr [esp], 2 | -pf-zf; [8fec]:4=100057
    100098 dec ebx | rbx 0→ffffffff; +pf+af+sf
    100099 jns short 0x10009c
    10009b hlt
  `,
});
