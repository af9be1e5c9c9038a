/** Instructions without a debug exit of their own: the next one would run in the same KVM_RUN. */
import { hazard } from '../../../helpers/hazard.js';

hazard('the fences: one step each, also several in a row', {
  mode: 'long',
  listing: `
    100000  0f ae f0              mfence
    100003  90                    nop
    100004  0f ae e8              lfence
    100007  90                    nop
    100008  0f ae f8              sfence
    10000b  0f ae f0              mfence
    10000e  0f ae e8              lfence
    100011  0f ae f8              sfence
    100014  0f ae f8              sfence
    100017  90                    nop
    100018  f4                    hlt
  `,
  steps: `
    100000 mfence
    100003 nop
    100004 lfence
    100007 nop
    100008 sfence
    10000b mfence
    10000e lfence
    100011 sfence
    100014 sfence
    100017 nop
    100018 hlt
  `,
});

hazard('fences in real and protected mode', {
  mode: 'protected',
  listing: `
    100000  0f ae f0              mfence
    100003  0f ae e8              lfence
    100006  0f ae f8              sfence
    100009  90                    nop
    10000a  f4                    hlt
  `,
  steps: `
    100000 mfence
    100003 lfence
    100006 sfence
    100009 nop
    10000a hlt
  `,
});

hazard('fences in real mode', {
  mode: 'real',
  listing: `
    7c00  0f ae f0              mfence
    7c03  0f ae e8              lfence
    7c06  90                    nop
    7c07  0f ae f8              sfence
    7c0a  f4                    hlt
  `,
  steps: `
    7c00 mfence
    7c03 lfence
    7c06 nop
    7c07 sfence
    7c0a hlt
  `,
});

hazard('ENDBR64 and ENDBR32 change nothing', {
  mode: 'long',
  listing: `
    100000  f3 0f 1e fa           endbr64
    100004  90                    nop
    100005  f3 0f 1e fa           endbr64
    100009  f3 0f 1e fa           endbr64
    10000d  f3 0f 1e fb           endbr32                ;endbr32
    100011  f4                    hlt
  `,
  steps: `
    100000 endbr64
    100004 nop
    100005 endbr64
    100009 endbr64
    10000d endbr32
    100011 hlt
  `,
});

hazard('every instruction that takes no single-step trap, in a row', {
  mode: 'long',
  listing: `
    100000  0f 20 e0              mov rax, cr4
    100003  0f ba e8 10           bts eax, 0x10
    100007  0f 22 e0              mov cr4, rax
    10000a  0f ae f0              mfence
    10000d  0f 01 f8              swapgs
    100010  f3 0f 1e fa           endbr64
    100014  f3 48 0f ae c3        rdfsbase rbx
    100019  f3 48 0f ae db        wrgsbase rbx
    10001e  0f ae e8              lfence
    100021  48 0f c7 f2           rdrand rdx
    100025  0f ae 04 25 00 30 00 00  fxsave [0x3000]
    10002d  0f ae f8              sfence
    100030  e6 80                 out 0x80, al
    100032  f4                    hlt
  `,
  steps: `
    100000 mov rax, cr4 | rax 0→620
    100003 bts eax, 0x10 | rax 620→10620
    100007 mov cr4, rax | cr4 620→10620
    10000a mfence
    10000d swapgs
    100010 endbr64
    100014 rdfsbase rbx
    100019 wrgsbase rbx
    10001e lfence
    100021 rdrand rdx | rdx 0→?; +cf; input random
    100025 fxsave [0x3000] | [3000]:8=37f; [3018]:8=MXCSR_MASK00001f80
    10002d sfence
    100030 out 0x80, al | out 80:1=20
    100032 hlt
  `,
});

hazard('a jump to an instruction that takes no single-step trap, and a loop of fences', {
  mode: 'long',
  listing: `
    100000  b9 03 00 00 00        mov ecx, 3
    100005  0f ae f0              mfence
    100008  0f ae e8              lfence
    10000b  e2 f8                 loop 0x100005
    10000d  f4                    hlt
  `,
  steps: `
    100000 mov ecx, 3 | rcx 0→3
    100005 mfence
    100008 lfence
    10000b loop 0x100005 | rcx 3→2
    100005 mfence
    100008 lfence
    10000b loop 0x100005 | rcx 2→1
    100005 mfence
    100008 lfence
    10000b loop 0x100005 | rcx 1→0
    10000d hlt
  `,
});
