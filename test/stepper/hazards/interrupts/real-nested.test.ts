/** INT n within INT n, to itself, through another segment; IRETD in real mode. */
import { hazard } from '../../../helpers/hazard.js';

hazard('INT n inside of the handler of INT n', {
  mode: 'real',
  listing: `
    7c00  c7 06 84 00 40 7c     mov word ptr [0x84], 0x7c40
    7c06  c7 06 88 00 43 7c     mov word ptr [0x88], 0x7c43
    7c0c  c7 06 0c 00 45 7c     mov word ptr [0xc], 0x7c45
    7c12  cd 21                 int 0x21
    7c14  f4                    hlt
    7c40  cd 22                 int 0x22
    7c42  cf                    iret
    7c43  cc                    int3
    7c44  cf                    iret
    7c45  cf                    iret
  `,
  steps: `
    7c00 mov word ptr [0x84], 0x7c40 | [84]:2=7c40
    7c06 mov word ptr [0x88], 0x7c43 | [88]:2=7c43
    7c0c mov word ptr [0xc], 0x7c45 | [c]:2=7c45
    7c12 int 0x21 | rsp 7c00→7bfa; [7bfa]:5=200007c14
    -- software 33 at 7c14
    7c40 int 0x22 | rsp 7bfa→7bf4; [7bf4]:2=7c42; [7bf8]:1=2
    -- software 34 at 7c42
    7c43 int3 | rsp 7bf4→7bee; [7bee]:2=7c44; [7bf2]:1=2
    -- software 3 at 7c44
    7c45 iret | rsp 7bee→7bf4
    7c44 iret | rsp 7bf4→7bfa
    7c42 iret | rsp 7bfa→7c00
    7c14 hlt
  `,
});

// Each one is a step and pushes its frame.
hazard('INT n to a handler that is the INT n itself', {
  mode: 'real',
  options: { maxSteps: 4 },
  listing: `
    7c00  c7 06 84 00 06 7c     mov word ptr [0x84], 0x7c06
    7c06  cd 21                 int 0x21
    7c08  90                    nop
    7c09  f4                    hlt
  `,
  steps: `
    7c00 mov word ptr [0x84], 0x7c06 | [84]:2=7c06
    7c06 int 0x21 | rsp 7c00→7bfa; [7bfa]:5=200007c08
    -- software 33 at 7c08
    7c06 int 0x21 | rsp 7bfa→7bf4; [7bf4]:2=7c08; [7bf8]:1=2
    -- software 33 at 7c08
    7c06 int 0x21 | rsp 7bf4→7bee; [7bee]:2=7c08; [7bf2]:1=2
    -- software 33 at 7c08
  `,
  stop: 'max-steps',
});

hazard('INT n through another code segment, and RETF from the handler', {
  mode: 'real',
  listing: `
    7c00  66 c7 06 84 00 40 00 c0 07  mov dword ptr [0x84], 0x7c00040 ; 07c0:0040
    7c09  cd 21                 int 0x21
    7c0b  f4                    hlt
    bits 16 base 7c00
    7c40  90                    nop
    7c41  ca 02 00              ret far 2
  `,
  steps: `
    7c00 mov dword ptr [0x84], 0x7c00040 | [84]:4=7c00040
    7c09 int 0x21 | rsp 7c00→7bfa; cs 0→7c0; cs_base 0→7c00; [7bfa]:5=200007c0b
    -- software 33 at 7c0b
    40 nop
    41 ret far 2 | rsp 7bfa→7c00; cs 7c0→0; cs_base 7c00→0
    7c0b hlt
  `,
});

hazard('IRETD in real mode pops 32-bit words', {
  mode: 'real',
  listing: `
    7c00  66 68 47 00 00 00     data32 push 0x47
    7c06  66 68 00 00 00 00     data32 push 0
    7c0c  66 68 20 7c 00 00     data32 push 0x7c20
    7c12  66 cf                 iretd
    7c20  f4                    hlt
  `,
  steps: `
    7c00 data32 push 0x47 | rsp 7c00→7bfc; [7bfc]:4=47
    7c06 data32 push 0 | rsp 7bfc→7bf8
    7c0c data32 push 0x7c20 | rsp 7bf8→7bf4; [7bf4]:4=7c20
    7c12 iretd | rsp 7bf4→7c00; +cf+pf+zf
    7c20 hlt
  `,
});
