/** Exceptions through an IDT in protected mode. */
import { hazard } from '../../../helpers/hazard.js';
import { idt32 } from '../../../helpers/tables.js';

hazard('#UD, #DE, #GP in protected mode: handlers that begin with NOP, PUSH, OUT', {
  mode: 'protected',
  data: [idt32(0x101000, { 0: 0x100060, 6: 0x100040, 13: 0x100080 })],
  listing: `
    100000  0f 01 1d 15 00 10 00  lidt [0x100015]
    100007  0f 0b                 ud2
    100009  31 c9                 xor ecx, ecx
    10000b  f7 f1                 div ecx
    10000d  b8 30 12 00 00        mov eax, 0x1230
    100012  8e d8                 mov ds, ax
    100014  f4                    hlt
    100015  ff 07                 db
    100017  00 10 10 00           db
    100040  90                    nop
    100041  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100048  cf                    iretd
    100060  50                    push eax
    100061  58                    pop eax
    100062  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100069  cf                    iretd
    100080  e6 80                 out 0x80, al
    100082  58                    pop eax
    100083  81 04 24 02 00 00 00  add dword ptr [esp], 2
    10008a  cf                    iretd
  `,
  steps: `
    100000 lidt [0x100015] | rsp 200000→1ffff4; idtr_base 0→101000; idtr_limit 0→7ff; [1ffff4]:3=100007; [1ffff8]:7=1000200000008
    -- fault 6 at 100007
    100040 nop
    100041 add dword ptr [esp], 2 | +pf; [1ffff4]:4=100009
    100048 iretd | rsp 1ffff4→200000; -pf
    100009 xor ecx, ecx | rsp 200000→1ffff4; +pf+zf; [1ffff4]:1=b; [1ffffc]:1=46
    -- fault 0 at 10000b
    100060 push eax | rsp 1ffff4→1ffff0
    100061 pop eax | rsp 1ffff0→1ffff4
    100062 add dword ptr [esp], 2 | -pf-zf; [1ffff4]:4=10000d
    100069 iretd | rsp 1ffff4→200000; +pf+zf
    10000d mov eax, 0x1230 | rax 0→1230; rsp 200000→1ffff0; [1ffff0]:5=1200001230
    -- fault 13 at 100012 code 1230
    100080 out 0x80, al | out 80:1=30
    100082 pop eax | rsp 1ffff0→1ffff4
    100083 add dword ptr [esp], 2 | -zf; [1ffff4]:4=100014
    10008a iretd | rsp 1ffff4→200000; +zf
    100014 hlt
  `,
});

hazard('handlers that begin with IN, HLT and an MMIO access in protected mode', {
  mode: 'protected',
  data: [idt32(0x101000, { 0: 0x100060, 6: 0x100040, 13: 0x100080 })],
  listing: `
    100000  0f 01 1d 1a 00 10 00  lidt [0x10001a]
    100007  bb 00 00 00 10        mov ebx, 0x10000000
    10000c  0f 0b                 ud2
    10000e  31 c9                 xor ecx, ecx
    100010  f7 f1                 div ecx
    100012  b8 30 12 00 00        mov eax, 0x1230
    100017  8e d8                 mov ds, ax
    100019  f4                    hlt
    10001a  ff 07                 db
    10001c  00 10 10 00           db
    100040  e4 80                 in al, 0x80
    100042  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100049  cf                    iretd
    100060  ff 03                 inc dword ptr [ebx]
    100062  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100069  cf                    iretd
    100080  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10001a] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 mov ebx, 0x10000000 | rbx 0→10000000; rsp 200000→1ffff4; [1ffff4]:3=10000c; [1ffff8]:7=1000200000008
    -- fault 6 at 10000c
    100040 in al, 0x80 | rax 0→ff; in 80:1=ff
    100042 add dword ptr [esp], 2 | [1ffff4]:4=10000e
    100049 iretd | rsp 1ffff4→200000
    10000e xor ecx, ecx | rsp 200000→1ffff4; +pf+zf; [1ffff4]:1=10; [1ffffc]:1=46
    -- fault 0 at 100010
    100060 inc dword ptr [ebx] | +af; read 10000000:4=ffffffff; write 10000000:4=00000000
    100062 add dword ptr [esp], 2 | -af-zf; [1ffff4]:4=100012
    100069 iretd | rsp 1ffff4→200000; +zf
    100012 mov eax, 0x1230 | rax ff→1230; rsp 200000→1ffff0; [1ffff0]:5=1700001230
    -- fault 13 at 100017 code 1230
    100080 hlt
  `,
});

hazard('a handler that is IRETD alone in protected mode', {
  mode: 'protected',
  options: { maxSteps: 4 },
  data: [idt32(0x101000, { 6: 0x100040 })],
  listing: `
    100000  0f 01 1d 09 00 10 00  lidt [0x100009]
    100007  0f 0b                 ud2
    100009  ff 07                 db
    10000b  00 10 10 00           db
    100040  cf                    iretd
  `,
  steps: `
    100000 lidt [0x100009] | rsp 200000→1ffff4; idtr_base 0→101000; idtr_limit 0→7ff; [1ffff4]:3=100007; [1ffff8]:7=1000200000008
    -- fault 6 at 100007
    100040 iretd | rsp 1ffff4→1ffff4
    -- fault 6 at 100007
    100040 iretd | rsp 1ffff4→1ffff4
    -- fault 6 at 100007
    100040 iretd | rsp 1ffff4→200000
  `,
  stop: 'max-steps',
});

hazard('a handler whose first instruction faults in protected mode', {
  mode: 'protected',
  data: [idt32(0x101000, { 0: 0x100060, 6: 0x100040 })],
  listing: `
    100000  0f 01 1d 0c 00 10 00  lidt [0x10000c]
    100007  31 c9                 xor ecx, ecx
    100009  0f 0b                 ud2
    10000b  f4                    hlt
    10000c  ff 07                 db
    10000e  00 10 10 00           db
    100040  f7 f1                 div ecx
    100042  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100049  cf                    iretd
    100060  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100067  cf                    iretd
  `,
  steps: `
    100000 lidt [0x10000c] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 xor ecx, ecx | rsp 200000→1fffe8; +pf+zf; [1fffe8]:5=800100040; [1ffff0]:3=10046; [1ffff4]:3=100009; [1ffff8]:7=1004600000008
    -- fault 6 at 100009
    -- fault 0 at 100040
    100060 add dword ptr [esp], 2 | -zf; [1fffe8]:4=100042
    100067 iretd | rsp 1fffe8→1ffff4; +zf
    100042 add dword ptr [esp], 2 | -pf-zf; [1ffff4]:4=10000b
    100049 iretd | rsp 1ffff4→200000; +pf+zf
    10000b hlt
  `,
});

hazard('double fault in protected mode', {
  mode: 'protected',
  data: [idt32(0x101000, { 8: 0x100040 })],
  listing: `
    100000  0f 01 1d 0f 00 10 00  lidt [0x10000f]
    100007  b8 30 12 00 00        mov eax, 0x1230
    10000c  8e d8                 mov ds, ax
    10000e  f4                    hlt
    10000f  ff 07                 db
    100011  00 10 10 00           db
    100040  58                    pop eax
    100041  f4                    hlt
  `,
  steps: `
    100000 lidt [0x10000f] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 mov eax, 0x1230 | rax 0→1230; rsp 200000→1ffff0; [1ffff4]:3=10000c; [1ffff8]:7=1000200000008
    -- fault 8 at 10000c code 0
    100040 pop eax | rax 1230→0; rsp 1ffff0→1ffff4
    100041 hlt
  `,
});

hazard('a handler that jumps right behind the instruction that faulted, and shared handlers', {
  mode: 'protected',
  data: [idt32(0x101000, { 0: 0x100040, 6: 0x100060, 13: 0x100050, 11: 0x100050 })],
  listing: `
    100000  0f 01 1d 15 00 10 00  lidt [0x100015]
    100007  31 c9                 xor ecx, ecx
    100009  f7 f1                 div ecx
    10000b  b8 30 12 00 00        mov eax, 0x1230
    100010  8e d8                 mov ds, ax
    100012  0f 0b                 ud2
    100014  f4                    hlt
    100015  ff 07                 db
    100017  00 10 10 00           db
    100040  e9 c6 ff ff ff        jmp 0x10000b
    100050  e9 bd ff ff ff        jmp 0x100012
    100060  81 04 24 02 00 00 00  add dword ptr [esp], 2
    100067  cf                    iretd
  `,
  steps: `
    100000 lidt [0x100015] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 xor ecx, ecx | rsp 200000→1ffff4; +pf+zf; [1ffff4]:3=100009; [1ffff8]:7=1004600000008
    -- fault 0 at 100009
    100040 jmp 0x10000b
    10000b mov eax, 0x1230 | rax 0→1230; rsp 1ffff4→1fffe4; [1fffe4]:2=1230; [1fffe8]:5=800100010; [1ffff0]:3=10046
    -- fault 13 at 100010 code 1230
    100050 jmp 0x100012 | rsp 1fffe4→1fffd8; [1fffd8]:5=800100012; [1fffe0]:3=10046
    -- fault 6 at 100012
    100060 add dword ptr [esp], 2 | -zf; [1fffd8]:4=100014
    100067 iretd | rsp 1fffd8→1fffe4; +zf
    100014 hlt
  `,
});

hazard(
  'a handler in protected mode that faults with the same vector, until the stack has no room',
  {
    mode: 'protected',
    data: [idt32(0x101000, { 6: 0x100040 })],
    listing: `
    100000  0f 01 1d 15 00 10 00  lidt [0x100015]
    100007  b8 30 00 00 00        mov eax, 0x30
    10000c  8e d0                 mov ss, ax
    10000e  bc 20 00 00 00        mov esp, 0x20
    100013  0f 0b                 ud2
    100015  ff 07                 db
    100017  00 10 10 00           db
    100040  0f 0b                 ud2
  `,
    steps: `
    100000 lidt [0x100015] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 mov eax, 0x30 | rax 0→30
    10000c mov ss, ax | ss 10→30; ss_limit ffffffff→ffff; ss_attributes c093→93
    10000e mov esp, 0x20 | rsp 200000→8; [8]:5=800100040; [10]:3=10002; [14]:3=100013; [18]:7=1000200000008
    -- fault 6 at 100013
    -- fault 6 at 100040
  `,
    stop: 'shutdown',
  },
);
