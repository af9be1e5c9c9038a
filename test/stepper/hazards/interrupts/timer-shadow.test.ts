/** A pending interrupt and the instructions that hold it off. */
import { hazard } from '../../../helpers/hazard.js';

hazard('a pending interrupt waits for STI and the instruction behind it', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 30 7c     mov word ptr [0x20], 0x7c30
    7c06  b0 11                 mov al, 0x11
    7c08  e6 20                 out 0x20, al
    7c0a  b0 08                 mov al, 8
    7c0c  e6 21                 out 0x21, al
    7c0e  b0 04                 mov al, 4
    7c10  e6 21                 out 0x21, al
    7c12  b0 01                 mov al, 1
    7c14  e6 21                 out 0x21, al
    7c16  b0 fe                 mov al, 0xfe
    7c18  e6 21                 out 0x21, al
    7c1a  b0 30                 mov al, 0x30
    7c1c  e6 43                 out 0x43, al
    7c1e  b0 01                 mov al, 1
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al
    7c26  b9 0e 00              mov cx, 0xe
    7c29  e2 fe                 loop 0x7c29
    7c2b  fb                    sti
    7c2c  43                    inc bx
    7c2d  43                    inc bx
    7c2e  fa                    cli
    7c2f  f4                    hlt
    7c30  b0 20                 mov al, 0x20
    7c32  e6 20                 out 0x20, al
    7c34  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c30 | [20]:2=7c30
    7c06 mov al, 0x11 | rax 0→11
    7c08 out 0x20, al | out 20:1=11
    7c0a mov al, 8 | rax 11→8
    7c0c out 0x21, al | out 21:1=08
    7c0e mov al, 4 | rax 8→4
    7c10 out 0x21, al | out 21:1=04
    7c12 mov al, 1 | rax 4→1
    7c14 out 0x21, al | out 21:1=01
    7c16 mov al, 0xfe | rax 1→fe
    7c18 out 0x21, al | out 21:1=fe
    7c1a mov al, 0x30 | rax fe→30
    7c1c out 0x43, al | out 43:1=30
    7c1e mov al, 1 | rax 30→1
    7c20 out 0x40, al | out 40:1=01
    7c22 mov al, 0 | rax 1→0
    7c24 out 0x40, al | out 40:1=00
    7c26 mov cx, 0xe | rcx 0→e
    7c29 loop 0x7c29 | rcx e→d
    7c29 loop 0x7c29 | rcx d→c
    7c29 loop 0x7c29 | rcx c→b
    7c29 loop 0x7c29 | rcx b→a
    7c29 loop 0x7c29 | rcx a→9
    7c29 loop 0x7c29 | rcx 9→8
    7c29 loop 0x7c29 | rcx 8→7
    7c29 loop 0x7c29 | rcx 7→6
    7c29 loop 0x7c29 | rcx 6→5
    7c29 loop 0x7c29 | rcx 5→4
    7c29 loop 0x7c29 | rcx 4→3
    7c29 loop 0x7c29 | rcx 3→2
    7c29 loop 0x7c29 | rcx 2→1
    7c29 loop 0x7c29 | rcx 1→0
    7c2b sti | +if
    7c2c inc bx | rbx 0→1; rsp 7c00→7bfa; -if; [7bfa]:6=20200007c2d
    -- interrupt 8 at 7c2d
    7c30 mov al, 0x20 | rax 0→20
    7c32 out 0x20, al | out 20:1=20
    7c34 iret | rsp 7bfa→7c00; +if
    7c2d inc bx | rbx 1→2
    7c2e cli | -if
    7c2f hlt
  `,
});

hazard('a pending interrupt waits for MOV SS and the instruction behind it', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 32 7c     mov word ptr [0x20], 0x7c32
    7c06  b0 11                 mov al, 0x11
    7c08  e6 20                 out 0x20, al
    7c0a  b0 08                 mov al, 8
    7c0c  e6 21                 out 0x21, al
    7c0e  b0 04                 mov al, 4
    7c10  e6 21                 out 0x21, al
    7c12  b0 01                 mov al, 1
    7c14  e6 21                 out 0x21, al
    7c16  b0 fe                 mov al, 0xfe
    7c18  e6 21                 out 0x21, al
    7c1a  b0 30                 mov al, 0x30
    7c1c  e6 43                 out 0x43, al
    7c1e  b0 01                 mov al, 1
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al
    7c26  b9 0e 00              mov cx, 0xe
    7c29  e2 fe                 loop 0x7c29
    7c2b  fb                    sti
    7c2c  8e d1                 mov ss, cx
    7c2e  43                    inc bx
    7c2f  43                    inc bx
    7c30  fa                    cli
    7c31  f4                    hlt
    7c32  b0 20                 mov al, 0x20
    7c34  e6 20                 out 0x20, al
    7c36  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c32 | [20]:2=7c32
    7c06 mov al, 0x11 | rax 0→11
    7c08 out 0x20, al | out 20:1=11
    7c0a mov al, 8 | rax 11→8
    7c0c out 0x21, al | out 21:1=08
    7c0e mov al, 4 | rax 8→4
    7c10 out 0x21, al | out 21:1=04
    7c12 mov al, 1 | rax 4→1
    7c14 out 0x21, al | out 21:1=01
    7c16 mov al, 0xfe | rax 1→fe
    7c18 out 0x21, al | out 21:1=fe
    7c1a mov al, 0x30 | rax fe→30
    7c1c out 0x43, al | out 43:1=30
    7c1e mov al, 1 | rax 30→1
    7c20 out 0x40, al | out 40:1=01
    7c22 mov al, 0 | rax 1→0
    7c24 out 0x40, al | out 40:1=00
    7c26 mov cx, 0xe | rcx 0→e
    7c29 loop 0x7c29 | rcx e→d
    7c29 loop 0x7c29 | rcx d→c
    7c29 loop 0x7c29 | rcx c→b
    7c29 loop 0x7c29 | rcx b→a
    7c29 loop 0x7c29 | rcx a→9
    7c29 loop 0x7c29 | rcx 9→8
    7c29 loop 0x7c29 | rcx 8→7
    7c29 loop 0x7c29 | rcx 7→6
    7c29 loop 0x7c29 | rcx 6→5
    7c29 loop 0x7c29 | rcx 5→4
    7c29 loop 0x7c29 | rcx 4→3
    7c29 loop 0x7c29 | rcx 3→2
    7c29 loop 0x7c29 | rcx 2→1
    7c29 loop 0x7c29 | rcx 1→0
    7c2b sti | +if
    7c2c mov ss, cx
    7c2e inc bx | rbx 0→1; rsp 7c00→7bfa; -if; [7bfa]:6=20200007c2f
    -- interrupt 8 at 7c2f
    7c32 mov al, 0x20 | rax 0→20
    7c34 out 0x20, al | out 20:1=20
    7c36 iret | rsp 7bfa→7c00; +if
    7c2f inc bx | rbx 1→2
    7c30 cli | -if
    7c31 hlt
  `,
});

hazard('a pending interrupt between IRET and the instruction it returns to', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 3a 7c     mov word ptr [0x20], 0x7c3a
    7c06  b0 11                 mov al, 0x11
    7c08  e6 20                 out 0x20, al
    7c0a  b0 08                 mov al, 8
    7c0c  e6 21                 out 0x21, al
    7c0e  b0 04                 mov al, 4
    7c10  e6 21                 out 0x21, al
    7c12  b0 01                 mov al, 1
    7c14  e6 21                 out 0x21, al
    7c16  b0 fe                 mov al, 0xfe
    7c18  e6 21                 out 0x21, al
    7c1a  b0 30                 mov al, 0x30
    7c1c  e6 43                 out 0x43, al
    7c1e  b0 01                 mov al, 1
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al
    7c26  b9 0e 00              mov cx, 0xe
    7c29  e2 fe                 loop 0x7c29
    7c2b  9c                    pushf
    7c2c  67 81 0c 24 00 02     or word ptr [esp], 0x200
    7c32  0e                    push cs
    7c33  68 37 7c              push 0x7c37
    7c36  cf                    iret
    7c37  43                    inc bx
    7c38  fa                    cli
    7c39  f4                    hlt
    7c3a  b0 20                 mov al, 0x20
    7c3c  e6 20                 out 0x20, al
    7c3e  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c3a | [20]:2=7c3a
    7c06 mov al, 0x11 | rax 0→11
    7c08 out 0x20, al | out 20:1=11
    7c0a mov al, 8 | rax 11→8
    7c0c out 0x21, al | out 21:1=08
    7c0e mov al, 4 | rax 8→4
    7c10 out 0x21, al | out 21:1=04
    7c12 mov al, 1 | rax 4→1
    7c14 out 0x21, al | out 21:1=01
    7c16 mov al, 0xfe | rax 1→fe
    7c18 out 0x21, al | out 21:1=fe
    7c1a mov al, 0x30 | rax fe→30
    7c1c out 0x43, al | out 43:1=30
    7c1e mov al, 1 | rax 30→1
    7c20 out 0x40, al | out 40:1=01
    7c22 mov al, 0 | rax 1→0
    7c24 out 0x40, al | out 40:1=00
    7c26 mov cx, 0xe | rcx 0→e
    7c29 loop 0x7c29 | rcx e→d
    7c29 loop 0x7c29 | rcx d→c
    7c29 loop 0x7c29 | rcx c→b
    7c29 loop 0x7c29 | rcx b→a
    7c29 loop 0x7c29 | rcx a→9
    7c29 loop 0x7c29 | rcx 9→8
    7c29 loop 0x7c29 | rcx 8→7
    7c29 loop 0x7c29 | rcx 7→6
    7c29 loop 0x7c29 | rcx 6→5
    7c29 loop 0x7c29 | rcx 5→4
    7c29 loop 0x7c29 | rcx 4→3
    7c29 loop 0x7c29 | rcx 3→2
    7c29 loop 0x7c29 | rcx 2→1
    7c29 loop 0x7c29 | rcx 1→0
    7c2b pushf | rsp 7c00→7bfe; [7bfe]:2=2
    7c2c or word ptr [esp], 0x200 | [7bfe]:2=202
    7c32 push cs | rsp 7bfe→7bfc
    7c33 push 0x7c37 | rsp 7bfc→7bfa; [7bfa]:2=7c37
    7c36 iret | rsp 7bfa→7bfa; rflags 2→2
    -- interrupt 8 at 7c37
    7c3a mov al, 0x20 | rax 0→20
    7c3c out 0x20, al | out 20:1=20
    7c3e iret | rsp 7bfa→7c00; +if
    7c37 inc bx | rbx 0→1
    7c38 cli | -if
    7c39 hlt
  `,
});
