/** INS and OUTS, with and without REP: one step, and one row for what it exchanged. */
import { hazard } from '../../../helpers/hazard.js';

hazard('INS and OUTS without REP, every size, both directions', {
  mode: 'real',
  listing: `
    7c00  ba 34 12              mov dx, 0x1234
    7c03  be 16 7c              mov si, 0x7c16
    7c06  bf 00 05              mov di, 0x500
    7c09  6e                    outsb dx, [si]
    7c0a  6f                    outsw dx, [si]
    7c0b  66 6f                 outsd dx, [si]
    7c0d  6c                    insb [di], dx
    7c0e  6d                    insw [di], dx
    7c0f  66 6d                 insd [di], dx
    7c11  fd                    std
    7c12  6e                    outsb dx, [si]
    7c13  6c                    insb [di], dx
    7c14  fc                    cld
    7c15  f4                    hlt
    7c16  01 02 03 04 05 06 07 08  db
  `,
  steps: `
    7c00 mov dx, 0x1234 | rdx 0→1234
    7c03 mov si, 0x7c16 | rsi 0→7c16
    7c06 mov di, 0x500 | rdi 0→500
    7c09 outsb dx, [si] | rsi 7c16→7c17; out 1234:1=01
    7c0a outsw dx, [si] | rsi 7c17→7c19; out 1234:2=0203
    7c0b outsd dx, [si] | rsi 7c19→7c1d; out 1234:4=04050607
    7c0d insb [di], dx | rdi 500→501; [500]:1=ff; in 1234:1=ff
    7c0e insw [di], dx | rdi 501→503; [501]:2=ffff; in 1234:2=ffff
    7c0f insd [di], dx | rdi 503→507; [503]:4=ffffffff; in 1234:4=ffffffff
    7c11 std | +df
    7c12 outsb dx, [si] | rsi 7c1d→7c1c; out 1234:1=08
    7c13 insb [di], dx | rdi 507→506; [507]:1=ff; in 1234:1=ff
    7c14 cld | -df
    7c15 hlt
  `,
});

hazard('INS and OUTS in long mode, with 64- and 32-bit addresses and a segment prefix', {
  mode: 'long',
  listing: `
    100000  ba 34 12 00 00        mov edx, 0x1234
    100005  be 1e 00 10 00        mov esi, 0x10001e
    10000a  bf 00 05 00 00        mov edi, 0x500
    10000f  6e                    outsb dx, [rsi]
    100010  66 6f                 outsw dx, [rsi]
    100012  6f                    outsd dx, [rsi]
    100013  64 6e                 outsb dx, fs:[rsi]
    100015  67 6e                 outsb dx, [esi]
    100017  6c                    insb [rdi], dx
    100018  66 6d                 insw [rdi], dx
    10001a  6d                    insd [rdi], dx
    10001b  67 6c                 insb [edi], dx
    10001d  f4                    hlt
    10001e  01 02 03 04 05 06 07 08 09  db
  `,
  steps: `
    100000 mov edx, 0x1234 | rdx 0→1234
    100005 mov esi, 0x10001e | rsi 0→10001e
    10000a mov edi, 0x500 | rdi 0→500
    10000f outsb dx, [rsi] | rsi 10001e→10001f; out 1234:1=01
    100010 outsw dx, [rsi] | rsi 10001f→100021; out 1234:2=0203
    100012 outsd dx, [rsi] | rsi 100021→100025; out 1234:4=04050607
    100013 outsb dx, fs:[rsi] | rsi 100025→100026; out 1234:1=08
    100015 outsb dx, [esi] | rsi 100026→100027; out 1234:1=09
    100017 insb [rdi], dx | rdi 500→501; [500]:1=ff; in 1234:1=ff
    100018 insw [rdi], dx | rdi 501→503; [501]:2=ffff; in 1234:2=ffff
    10001a insd [rdi], dx | rdi 503→507; [503]:4=ffffffff; in 1234:4=ffffffff
    10001b insb [edi], dx | rdi 507→508; [507]:1=ff; in 1234:1=ff
    10001d hlt
  `,
});

hazard('REP OUTS of 0, 1 and 3 elements: one step and one row each', {
  mode: 'real',
  listing: `
    7c00  ba 34 12              mov dx, 0x1234
    7c03  be 1c 7c              mov si, 0x7c1c
    7c06  f3 6e                 rep outsb dx, [si]
    7c08  b9 01 00              mov cx, 1
    7c0b  f3 6e                 rep outsb dx, [si]
    7c0d  b1 03                 mov cl, 3
    7c0f  f3 6e                 rep outsb dx, [si]
    7c11  b1 03                 mov cl, 3
    7c13  f3 6f                 rep outsw dx, [si]
    7c15  b1 02                 mov cl, 2
    7c17  f3 66 6f              rep outsd dx, [si]
    7c1a  90                    nop
    7c1b  f4                    hlt
    7c1c  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10  db
    7c2c  11 12                 db
  `,
  steps: `
    7c00 mov dx, 0x1234 | rdx 0→1234
    7c03 mov si, 0x7c1c | rsi 0→7c1c
    7c06 rep outsb dx, [si]
    7c08 mov cx, 1 | rcx 0→1
    7c0b rep outsb dx, [si] | rcx 1→0; rsi 7c1c→7c1d; out 1234:1=01
    7c0d mov cl, 3 | rcx 0→3
    7c0f rep outsb dx, [si] | rcx 3→0; rsi 7c1d→7c20; out 1234:1x3=020304
    7c11 mov cl, 3 | rcx 0→3
    7c13 rep outsw dx, [si] | rcx 3→0; rsi 7c20→7c26; out 1234:2x3=05060708090a
    7c15 mov cl, 2 | rcx 0→2
    7c17 rep outsd dx, [si] | rcx 2→0; rsi 7c26→7c2e; out 1234:4x2=0b0c0d0e0f101112
    7c1a nop
    7c1b hlt
  `,
});

hazard('REP INS of 0, 1 and 3 elements: one step and one row each', {
  mode: 'real',
  listing: `
    7c00  ba 34 12              mov dx, 0x1234
    7c03  bf 00 05              mov di, 0x500
    7c06  f3 6c                 rep insb [di], dx
    7c08  b1 01                 mov cl, 1
    7c0a  f3 6c                 rep insb [di], dx
    7c0c  b1 03                 mov cl, 3
    7c0e  f3 6c                 rep insb [di], dx
    7c10  b1 03                 mov cl, 3
    7c12  f3 6d                 rep insw [di], dx
    7c14  b1 02                 mov cl, 2
    7c16  f3 66 6d              rep insd [di], dx
    7c19  90                    nop
    7c1a  f4                    hlt
  `,
  steps: `
    7c00 mov dx, 0x1234 | rdx 0→1234
    7c03 mov di, 0x500 | rdi 0→500
    7c06 rep insb [di], dx
    7c08 mov cl, 1 | rcx 0→1
    7c0a rep insb [di], dx | rcx 1→0; rdi 500→501; [500]:1=ff; in 1234:1=ff
    7c0c mov cl, 3 | rcx 0→3
    7c0e rep insb [di], dx | rcx 3→0; rdi 501→504; [501]:3=ffffff; in 1234:1x3=ffffff
    7c10 mov cl, 3 | rcx 0→3
    7c12 rep insw [di], dx | rcx 3→0; rdi 504→50a; [504]:4=ffffffff; [508]:2=ffff; in 1234:2x3=ffffffffffff
    7c14 mov cl, 2 | rcx 0→2
    7c16 rep insd [di], dx | rcx 2→0; rdi 50a→512; [50a]:6=ffffffffffff; [510]:2=ffff; in 1234:4x2=ffffffffffffffff
    7c19 nop
    7c1a hlt
  `,
});

hazard('REP OUTS and REP INS in protected mode', {
  mode: 'protected',
  listing: `
    100000  ba 34 12 00 00        mov edx, 0x1234
    100005  be 25 00 10 00        mov esi, 0x100025
    10000a  bf 00 05 00 00        mov edi, 0x500
    10000f  b9 03 00 00 00        mov ecx, 3
    100014  f3 6e                 rep outsb dx, [esi]
    100016  b1 03                 mov cl, 3
    100018  f3 6c                 rep insb [edi], dx
    10001a  b1 02                 mov cl, 2
    10001c  f3 6d                 rep insd [edi], dx
    10001e  fd                    std
    10001f  b1 02                 mov cl, 2
    100021  f3 66 6f              rep outsw dx, [esi]
    100024  f4                    hlt
    100025  01 02 03 04 05 06 07 08  db
  `,
  steps: `
    100000 mov edx, 0x1234 | rdx 0→1234
    100005 mov esi, 0x100025 | rsi 0→100025
    10000a mov edi, 0x500 | rdi 0→500
    10000f mov ecx, 3 | rcx 0→3
    100014 rep outsb dx, [esi] | rcx 3→0; rsi 100025→100028; out 1234:1x3=010203
    100016 mov cl, 3 | rcx 0→3
    100018 rep insb [edi], dx | rcx 3→0; rdi 500→503; [500]:3=ffffff; in 1234:1x3=ffffff
    10001a mov cl, 2 | rcx 0→2
    10001c rep insd [edi], dx | rcx 2→0; rdi 503→50b; [503]:5=ffffffffff; [508]:3=ffffff; in 1234:4x2=ffffffffffffffff
    10001e std | +df
    10001f mov cl, 2 | rcx 0→2
    100021 rep outsw dx, [esi] | rcx 2→0; rsi 100028→100024; out 1234:2x2=04050203
    100024 hlt
  `,
});
