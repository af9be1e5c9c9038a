/** Interrupts of the timer: at exact steps, and not in the shadow of STI and MOV SS. */
import { hazard } from '../../../helpers/hazard.js';

hazard('a timer interrupt at an exact step', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 2b 7c     mov word ptr [0x20], 0x7c2b
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
    7c1e  b0 02                 mov al, 2
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al
    7c26  fb                    sti
    7c27  43                    inc bx
    7c28  75 fd                 jne short 0x7c27
    7c2a  f4                    hlt
    7c2b  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c2b | [20]:2=7c2b
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
    7c1e mov al, 2 | rax 30→2
    7c20 out 0x40, al | out 40:1=02
    7c22 mov al, 0 | rax 2→0
    7c24 out 0x40, al | out 40:1=00
    7c26 sti | +if
    7c27 inc bx | rbx 0→1
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 1→2
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 2→3; +pf
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 3→4; -pf
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 4→5; +pf
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 5→6
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 6→7; -pf
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 7→8
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 8→9; +pf
    7c28 jne short 0x7c27
    7c27 inc bx | rbx 9→a
    7c28 jne short 0x7c27
    7c27 inc bx | rbx a→b; -pf
    7c28 jne short 0x7c27 | rsp 7c00→7bfa; -if; [7bfa]:6=20200007c27
    -- interrupt 8 at 7c27
    7c2b hlt
  `,
});

hazard('HLT with a timer that will wake it: time passes, no step does', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 2a 7c     mov word ptr [0x20], 0x7c2a
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
    7c1e  b0 02                 mov al, 2
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al
    7c26  fb                    sti
    7c27  f4                    hlt
    7c28  fa                    cli
    7c29  f4                    hlt
    7c2a  b0 20                 mov al, 0x20
    7c2c  e6 20                 out 0x20, al
    7c2e  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c2a | [20]:2=7c2a
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
    7c1e mov al, 2 | rax 30→2
    7c20 out 0x40, al | out 40:1=02
    7c22 mov al, 0 | rax 2→0
    7c24 out 0x40, al | out 40:1=00
    7c26 sti | +if
    7c27 hlt | rsp 7c00→7bfa; -if; [7bfa]:6=20200007c28
    -- interrupt 8 at 7c28
    7c2a mov al, 0x20 | rax 0→20
    7c2c out 0x20, al | out 20:1=20
    7c2e iret | rsp 7bfa→7c00; +if
    7c28 cli | -if
    7c29 hlt
  `,
});

hazard('a handler that enables interrupts at once is interrupted itself', {
  mode: 'real',
  listing: `
    7c00  c7 06 20 00 2e 7c     mov word ptr [0x20], 0x7c2e
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
    7c2d  f4                    hlt
    7c2e  fb                    sti
    7c2f  42                    inc dx
    7c30  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x20], 0x7c2e | [20]:2=7c2e
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
    7c2e sti | +if
    7c2f inc dx | rdx 0→1
    7c30 hlt
  `,
});
