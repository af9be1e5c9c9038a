/** Interrupts of the timer: at exact steps, and not in the shadow of STI and MOV SS. */
import { hazard } from '../../../helpers/hazard.js';
import { pendingTimer, timerSetUp } from '../../../helpers/timer-guest.js';

const ticking = timerSetUp({ handler: 0x7c2b, count: 2 });
hazard('a timer interrupt at an exact step', {
  mode: 'real',
  listing: `
    ${ticking.listing}
    7c26  fb                    sti
    7c27  43                    inc bx
    7c28  75 fd                 jne short 0x7c27
    7c2a  f4                    hlt
    7c2b  f4                    hlt
  `,
  steps: `
    ${ticking.steps}
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

const waking = timerSetUp({ handler: 0x7c2a, count: 2 });
hazard('HLT with a timer that will wake it: time passes, no step does', {
  mode: 'real',
  listing: `
    ${waking.listing}
    7c26  fb                    sti
    7c27  f4                    hlt
    7c28  fa                    cli
    7c29  f4                    hlt
    7c2a  b0 20                 mov al, 0x20
    7c2c  e6 20                 out 0x20, al
    7c2e  cf                    iret
  `,
  steps: `
    ${waking.steps}
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

const nested = pendingTimer(0x7c2e);
hazard('a handler that enables interrupts at once is interrupted itself', {
  mode: 'real',
  listing: `
    ${nested.listing}
    7c2b  fb                    sti
    7c2c  43                    inc bx
    7c2d  f4                    hlt
    7c2e  fb                    sti
    7c2f  42                    inc dx
    7c30  f4                    hlt
  `,
  steps: `
    ${nested.steps}
    7c2b sti | +if
    7c2c inc bx | rbx 0→1; rsp 7c00→7bfa; -if; [7bfa]:6=20200007c2d
    -- interrupt 8 at 7c2d
    7c2e sti | +if
    7c2f inc dx | rdx 0→1
    7c30 hlt
  `,
});
