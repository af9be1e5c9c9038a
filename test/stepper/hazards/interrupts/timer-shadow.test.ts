/** A pending interrupt and the instructions that hold it off. */
import { hazard } from '../../../helpers/hazard.js';
import { pendingTimer } from '../../../helpers/timer-guest.js';

const behindSti = pendingTimer(0x7c30);
hazard('a pending interrupt waits for STI and the instruction behind it', {
  mode: 'real',
  listing: `
    ${behindSti.listing}
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
    ${behindSti.steps}
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

const behindMovSs = pendingTimer(0x7c32);
hazard('a pending interrupt waits for MOV SS and the instruction behind it', {
  mode: 'real',
  listing: `
    ${behindMovSs.listing}
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
    ${behindMovSs.steps}
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

const behindIret = pendingTimer(0x7c3a);
hazard('a pending interrupt between IRET and the instruction it returns to', {
  mode: 'real',
  listing: `
    ${behindIret.listing}
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
    ${behindIret.steps}
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
