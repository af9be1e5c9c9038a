/** How recordings end, and what the guest says. */
import { hazard } from '../../../helpers/hazard.js';

hazard('JMP to itself ends with the limit of steps', {
  mode: 'long',
  options: { maxSteps: 20 },
  listing: `
    100000  e9 fb ff ff ff        jmp 0x100000
  `,
  steps: `
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
    100000 jmp 0x100000
  `,
  stop: 'max-steps',
});

hazard('LOOP to itself is a step each time', {
  mode: 'real',
  listing: `
    7c00  b9 04 00              mov cx, 4
    7c03  e2 fe                 loop 0x7c03
    7c05  f4                    hlt
  `,
  steps: `
    7c00 mov cx, 4 | rcx 0→4
    7c03 loop 0x7c03 | rcx 4→3
    7c03 loop 0x7c03 | rcx 3→2
    7c03 loop 0x7c03 | rcx 2→1
    7c03 loop 0x7c03 | rcx 1→0
    7c05 hlt
  `,
});

hazard('the debug exit at 0xf4', {
  mode: 'real',
  listing: `
    7c00  b0 03                 mov al, 3
    7c02  e6 f4                 out 0xf4, al
    7c04  90                    nop
    7c05  f4                    hlt
  `,
  steps: `
    7c00 mov al, 3 | rax 0→3
    7c02 out 0xf4, al | out f4:1=03
  `,
  stop: 'debug-exit',
  exitCode: 3,
});

hazard('the debug exit at 0x501, 32 bits', {
  mode: 'long',
  listing: `
    100000  ba 01 05 00 00        mov edx, 0x501
    100005  b8 2a 00 00 00        mov eax, 0x2a
    10000a  ef                    out dx, eax
    10000b  90                    nop
  `,
  steps: `
    100000 mov edx, 0x501 | rdx 0→501
    100005 mov eax, 0x2a | rax 0→2a
    10000a out dx, eax | out 501:4=2a000000
  `,
  stop: 'debug-exit',
  exitCode: 42,
});

hazard('what the guest writes to its consoles', {
  mode: 'long',
  listing: `
    100000  b0 41                 mov al, 0x41
    100002  e6 e9                 out 0xe9, al
    100004  ba 02 04 00 00        mov edx, 0x402
    100009  ff c0                 inc eax
    10000b  ee                    out dx, al
    10000c  ba f8 03 00 00        mov edx, 0x3f8
    100011  ff c0                 inc eax
    100013  ee                    out dx, al
    100014  f4                    hlt
  `,
  steps: `
    100000 mov al, 0x41 | rax 0→41
    100002 out 0xe9, al | out e9:1=41
    100004 mov edx, 0x402 | rdx 0→402
    100009 inc eax | rax 41→42; +pf
    10000b out dx, al | out 402:1=42
    10000c mov edx, 0x3f8 | rdx 402→3f8
    100011 inc eax | rax 42→43; -pf
    100013 out dx, al | out 3f8:1=43
    100014 hlt
  `,
});

hazard('no step at all: the limit is 0', {
  mode: 'long',
  options: { maxSteps: 0 },
  listing: `
    100000  90                    nop
  `,
  steps: `
  `,
  stop: 'max-steps',
});
