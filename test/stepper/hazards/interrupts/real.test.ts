/** INT n, INT3, INT1, INTO and IRET in real mode. */
import { hazard } from '../../../helpers/hazard.js';

hazard('INT n and IRET in real mode', {
  mode: 'real',
  listing: `
    7c00  66 c7 06 84 00 40 7c 00 00  mov dword ptr [0x84], 0x7c40
    7c09  cd 21                 int 0x21
    7c0b  b8 01 00              mov ax, 1
    7c0e  cd 21                 int 0x21
    7c10  f4                    hlt
    7c40  90                    nop
    7c41  cf                    iret
  `,
  steps: `
    7c00 mov dword ptr [0x84], 0x7c40 | [84]:4=7c40
    7c09 int 0x21 | rsp 7c00→7bfa; [7bfa]:5=200007c0b
    -- software 33 at 7c0b
    7c40 nop
    7c41 iret | rsp 7bfa→7c00
    7c0b mov ax, 1 | rax 0→1
    7c0e int 0x21 | rsp 7c00→7bfa; [7bfa]:1=10
    -- software 33 at 7c10
    7c40 nop
    7c41 iret | rsp 7bfa→7c00
    7c10 hlt
  `,
});

hazard('INT n whose handler begins with OUT, IN, HLT, PUSH or IRET in real mode', {
  mode: 'real',
  listing: `
    7c00  c7 06 84 00 40 7c     mov word ptr [0x84], 0x7c40
    7c06  cd 21                 int 0x21
    7c08  c7 06 84 00 43 7c     mov word ptr [0x84], 0x7c43
    7c0e  cd 21                 int 0x21
    7c10  c7 06 84 00 46 7c     mov word ptr [0x84], 0x7c46
    7c16  cd 21                 int 0x21
    7c18  c7 06 84 00 49 7c     mov word ptr [0x84], 0x7c49
    7c1e  cd 21                 int 0x21
    7c20  c7 06 84 00 4a 7c     mov word ptr [0x84], 0x7c4a
    7c26  cd 21                 int 0x21
    7c40  e6 80                 out 0x80, al
    7c42  cf                    iret
    7c43  e4 80                 in al, 0x80
    7c45  cf                    iret
    7c46  50                    push ax
    7c47  58                    pop ax
    7c48  cf                    iret
    7c49  cf                    iret
    7c4a  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x84], 0x7c40 | [84]:2=7c40
    7c06 int 0x21 | rsp 7c00→7bfa; [7bfa]:5=200007c08
    -- software 33 at 7c08
    7c40 out 0x80, al | out 80:1=00
    7c42 iret | rsp 7bfa→7c00
    7c08 mov word ptr [0x84], 0x7c43 | [84]:2=7c43
    7c0e int 0x21 | rsp 7c00→7bfa; [7bfa]:1=10
    -- software 33 at 7c10
    7c43 in al, 0x80 | rax 0→ff; in 80:1=ff
    7c45 iret | rsp 7bfa→7c00
    7c10 mov word ptr [0x84], 0x7c46 | [84]:2=7c46
    7c16 int 0x21 | rsp 7c00→7bfa; [7bfa]:1=18
    -- software 33 at 7c18
    7c46 push ax | rsp 7bfa→7bf8; [7bf8]:2=ff
    7c47 pop ax | rsp 7bf8→7bfa
    7c48 iret | rsp 7bfa→7c00
    7c18 mov word ptr [0x84], 0x7c49 | [84]:2=7c49
    7c1e int 0x21 | rsp 7c00→7bfa; [7bfa]:1=20
    -- software 33 at 7c20
    7c49 iret | rsp 7bfa→7c00
    7c20 mov word ptr [0x84], 0x7c4a | [84]:2=7c4a
    7c26 int 0x21 | rsp 7c00→7bfa; [7bfa]:1=28
    -- software 33 at 7c28
    7c4a hlt
  `,
});

hazard('INT3, INTO, and INTO without overflow in real mode', {
  mode: 'real',
  listing: `
    7c00  c7 06 0c 00 40 7c     mov word ptr [0xc], 0x7c40
    7c06  c7 06 10 00 42 7c     mov word ptr [0x10], 0x7c42
    7c0c  cc                    int3
    7c0d  cd 03                 int 3
    7c0f  ce                    into
    7c10  b0 7f                 mov al, 0x7f
    7c12  fe c0                 inc al
    7c14  ce                    into
    7c15  ce                    into
    7c16  f4                    hlt
    7c40  90                    nop
    7c41  cf                    iret
    7c42  90                    nop
    7c43  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0xc], 0x7c40 | [c]:2=7c40
    7c06 mov word ptr [0x10], 0x7c42 | [10]:2=7c42
    7c0c int3 | rsp 7c00→7bfa; [7bfa]:5=200007c0d
    -- software 3 at 7c0d
    7c40 nop
    7c41 iret | rsp 7bfa→7c00
    7c0d int 3 | rsp 7c00→7bfa; [7bfa]:1=f
    -- software 3 at 7c0f
    7c40 nop
    7c41 iret | rsp 7bfa→7c00
    7c0f into
    7c10 mov al, 0x7f | rax 0→7f
    7c12 inc al | rax 7f→80; +af+sf+of
    7c14 into | rsp 7c00→7bfa; [7bfa]:6=89200007c15
    -- software 4 at 7c15
    7c42 nop
    7c43 iret | rsp 7bfa→7c00
    7c15 into | rsp 7c00→7bfa; [7bfa]:1=16
    -- software 4 at 7c16
    7c42 nop
    7c43 iret | rsp 7bfa→7c00
    7c16 hlt
  `,
});

hazard('INT1 (ICEBP) in real mode', {
  mode: 'real',
  listing: `
    7c00  c7 06 04 00 40 7c     mov word ptr [4], 0x7c40
    7c06  f1                    int1
    7c07  90                    nop
    7c08  f4                    hlt
    7c40  90                    nop
    7c41  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [4], 0x7c40 | [4]:2=7c40
    7c06 int1 | rsp 7c00→7bfa; [7bfa]:5=200007c07
    -- software 1 at 7c07 assisted by QEMU's fault, too
    7c40 nop
    7c41 iret | rsp 7bfa→7c00
    7c07 nop
    7c08 hlt
  `,
});

hazard('INT n with interrupts on: they are off in the handler, and on again after IRET', {
  mode: 'real',
  listing: `
    7c00  c7 06 84 00 40 7c     mov word ptr [0x84], 0x7c40
    7c06  fb                    sti
    7c07  cd 21                 int 0x21
    7c09  90                    nop
    7c0a  fa                    cli
    7c0b  f4                    hlt
    7c40  90                    nop
    7c41  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x84], 0x7c40 | [84]:2=7c40
    7c06 sti | +if
    7c07 int 0x21 | rsp 7c00→7bfa; -if; [7bfa]:6=20200007c09
    -- software 33 at 7c09
    7c40 nop
    7c41 iret | rsp 7bfa→7c00; +if
    7c09 nop
    7c0a cli | -if
    7c0b hlt
  `,
});
