/** Exceptions through the vector table of real mode. */
import { hazard } from '../../../helpers/hazard.js';
import { kvmKind } from '../../../helpers/host.js';
import { quadsAt } from '../../../helpers/tables.js';

hazard('#UD, #DE in real mode: handlers that begin with NOP, PUSH, OUT, IN, HLT', {
  mode: 'real',
  listing: `
    7c00  c7 06 18 00 60 7c     mov word ptr [0x18], 0x7c60
    7c06  c7 06 00 00 64 7c     mov word ptr [0], 0x7c64
    7c0c  0f 0b                 ud2
    7c0e  31 c9                 xor cx, cx
    7c10  f7 f1                 div cx
    7c12  90                    nop
    7c13  c7 06 18 00 69 7c     mov word ptr [0x18], 0x7c69
    7c19  0f 0b                 ud2
    7c1b  c7 06 18 00 6e 7c     mov word ptr [0x18], 0x7c6e
    7c21  0f 0b                 ud2
    7c23  c7 06 18 00 7d 7c     mov word ptr [0x18], 0x7c7d
    7c29  0f 0b                 ud2
    7c60  90                    nop
    7c61  e9 0f 00              jmp 0x7c73
    7c64  50                    push ax
    7c65  58                    pop ax
    7c66  e9 0a 00              jmp 0x7c73
    7c69  e6 80                 out 0x80, al
    7c6b  e9 05 00              jmp 0x7c73
    7c6e  e4 80                 in al, 0x80
    7c70  e9 00 00              jmp 0x7c73
    7c73  55                    push bp
    7c74  89 e5                 mov bp, sp
    7c76  81 46 02 02 00        add word ptr [bp+2], 2
    7c7b  5d                    pop bp
    7c7c  cf                    iret
    7c7d  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x18], 0x7c60 | [18]:2=7c60
    7c06 mov word ptr [0], 0x7c64 | rsp 7c00→7bfa; [0]:2=7c64; [7bfa]:5=200007c0c
    -- fault 6 at 7c0c
    7c60 nop
    7c61 jmp 0x7c73
    7c73 push bp | rsp 7bfa→7bf8
    7c74 mov bp, sp | rbp 0→7bf8
    7c76 add word ptr [bp+2], 2 | [7bfa]:2=7c0e
    7c7b pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c7c iret | rsp 7bfa→7c00
    7c0e xor cx, cx | rsp 7c00→7bfa; +pf+zf; [7bfa]:5=4600007c10
    -- fault 0 at 7c10
    7c64 push ax | rsp 7bfa→7bf8
    7c65 pop ax | rsp 7bf8→7bfa
    7c66 jmp 0x7c73
    7c73 push bp | rsp 7bfa→7bf8
    7c74 mov bp, sp | rbp 0→7bf8
    7c76 add word ptr [bp+2], 2 | -zf; [7bfa]:2=7c12
    7c7b pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c7c iret | rsp 7bfa→7c00; +zf
    7c12 nop
    7c13 mov word ptr [0x18], 0x7c69 | rsp 7c00→7bfa; [18]:2=7c69; [7bfa]:1=19
    -- fault 6 at 7c19
    7c69 out 0x80, al | out 80:1=00
    7c6b jmp 0x7c73
    7c73 push bp | rsp 7bfa→7bf8
    7c74 mov bp, sp | rbp 0→7bf8
    7c76 add word ptr [bp+2], 2 | -zf; [7bfa]:2=7c1b
    7c7b pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c7c iret | rsp 7bfa→7c00; +zf
    7c1b mov word ptr [0x18], 0x7c6e | rsp 7c00→7bfa; [18]:2=7c6e; [7bfa]:1=21
    -- fault 6 at 7c21
    7c6e in al, 0x80 | rax 0→ff; in 80:1=ff
    7c70 jmp 0x7c73
    7c73 push bp | rsp 7bfa→7bf8
    7c74 mov bp, sp | rbp 0→7bf8
    7c76 add word ptr [bp+2], 2 | -pf-zf; [7bfa]:2=7c23
    7c7b pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c7c iret | rsp 7bfa→7c00; +pf+zf
    7c23 mov word ptr [0x18], 0x7c7d | rsp 7c00→7bfa; [18]:2=7c7d; [7bfa]:1=29
    -- fault 6 at 7c29
    7c7d hlt
  `,
});

hazard('a handler in real mode that is IRET alone', {
  mode: 'real',
  options: { maxSteps: 4 },
  listing: `
    7c00  c7 06 18 00 40 7c     mov word ptr [0x18], 0x7c40
    7c06  0f 0b                 ud2
    7c40  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x18], 0x7c40 | rsp 7c00→7bfa; [18]:2=7c40; [7bfa]:5=200007c06
    -- fault 6 at 7c06
    7c40 iret | rsp 7bfa→7bfa
    -- fault 6 at 7c06
    7c40 iret | rsp 7bfa→7bfa
    -- fault 6 at 7c06
    7c40 iret | rsp 7bfa→7c00
  `,
  stop: 'max-steps',
});

hazard('#GP and #SS in real mode: a word at the end of a segment', {
  mode: 'real',
  listing: `
    7c00  c7 06 34 00 40 7c     mov word ptr [0x34], 0x7c40
    7c06  c7 06 30 00 48 7c     mov word ptr [0x30], 0x7c48
    7c0c  a1 ff ff              mov ax, [0xffff]
    7c0f  90                    nop
    7c10  bd ff ff              mov bp, 0xffff
    7c13  8b 46 00              mov ax, [bp]
    7c16  f4                    hlt
    7c40  90                    nop
    7c41  81 c4 06 00           add sp, 6
    7c45  e9 c7 ff              jmp 0x7c0f
    7c48  e6 80                 out 0x80, al
    7c4a  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x34], 0x7c40 | [34]:2=7c40
    7c06 mov word ptr [0x30], 0x7c48 | rsp 7c00→7bfa; [30]:2=7c48; [7bfa]:5=200007c0c
    -- fault 13 at 7c0c
    7c40 nop
    7c41 add sp, 6 | rsp 7bfa→7c00; +pf+af
    7c45 jmp 0x7c0f
    7c0f nop
    7c10 mov bp, 0xffff | rsp 7c00→7bfa; rbp 0→ffff; [7bfa]:5=1600007c13
    -- fault 12 at 7c13
    7c48 out 0x80, al | out 80:1=00
    7c4a hlt
  `,
});

hazard('a fault as the very first instruction counts to the initial state', {
  mode: 'real',
  entry: 0x7c00,
  data: [quadsAt(0x18, [0x7c40n])],
  listing: `
    7c00  0f 0b                 ud2
    7c02  f4                    hlt
    7c40  b8 01 00              mov ax, 1
    7c43  f4                    hlt
  `,
  steps: `
    before all | [ffeb]:4=200007c
    -- fault 6 at 7c00
    7c40 mov ax, 1 | rax 0→1
    7c43 hlt
  `,
});

hazard('the handler of #UD begins with MMIO accesses', {
  mode: 'real',
  listing: `
    7c00  c7 06 18 00 40 7c     mov word ptr [0x18], 0x7c40
    7c06  b8 00 b8              mov ax, 0xb800
    7c09  8e d8                 mov ds, ax
    7c0b  0f 0b                 ud2
    7c40  ff 06 00 00           inc word ptr [0]
    7c44  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x18], 0x7c40 | [18]:2=7c40
    7c06 mov ax, 0xb800 | rax 0→b800
    7c09 mov ds, ax | rsp 7c00→7bfa; ds 0→b800; ds_base 0→b8000; [7bfa]:5=200007c0b
    -- fault 6 at 7c0b
    7c40 inc word ptr [0] | +pf+af+zf; read b8000:2=ffff; write b8000:2=0000
    7c44 hlt
  `,
});

/** KVM's emulator does not look at the limit of the table; a CPU does (SDM vol. 3, 21.1.4). */
const hasNoLimit = kvmKind === 'software';

hazard('#UD through a table whose limit is 0', {
  mode: 'real',
  listing: `
    7c00  c7 06 18 00 40 7c     mov word ptr [0x18], 0x7c40
    7c06  0f 01 1e 0e 7c        lidt [0x7c0e]
    7c0b  0f 0b                 ud2
    7c0d  f4                    hlt
    7c0e  00 00                 db
    7c10  00 00 00 00           db
    7c40  90                    nop
    7c41  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x18], 0x7c40 | [18]:2=7c40
    ${
      hasNoLimit
        ? `7c06 lidt [0x7c0e] | rsp 7c00→7bfa; idtr_limit 3ff→0; [7bfa]:5=200007c0b
           -- fault 6 at 7c0b
           7c40 nop
           7c41 hlt`
        : '7c06 lidt [0x7c0e] | idtr_limit 3ff→0'
    }
  `,
  stop: hasNoLimit ? 'hlt' : 'shutdown',
});
