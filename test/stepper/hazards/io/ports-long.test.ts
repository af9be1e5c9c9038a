/** REP INS and REP OUTS with more elements than KVM takes in one exit, and over a page. */
import { hazard } from '../../../helpers/hazard.js';

hazard('REP INSB of 1100 over the end of a page: KVM exits thrice, one step', {
  mode: 'long',
  listing: `
    100000  bf fa 3f 00 00        mov edi, 0x3ffa
    100005  b9 4c 04 00 00        mov ecx, 0x44c
    10000a  ba f8 03 00 00        mov edx, 0x3f8
    10000f  f3 6c                 rep insb [rdi], dx
    100011  90                    nop
    100012  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3ffa | rdi 0→3ffa
    100005 mov ecx, 0x44c | rcx 0→44c
    10000a mov edx, 0x3f8 | rdx 0→3f8
    10000f rep insb [rdi], dx | rcx 44c→0; rdi 3ffa→4446; in 3f8:1x1100=00*1100
    100011 nop
    100012 hlt
  `,
});

hazard('REP OUTSB of 1100 over the end of a page: an exit an element, one step', {
  mode: 'long',
  listing: `
    100000  bf fa 3f 00 00        mov edi, 0x3ffa
    100005  b9 4c 04 00 00        mov ecx, 0x44c
    10000a  b0 5a                 mov al, 0x5a
    10000c  f3 aa                 rep stosb [rdi]
    10000e  be fa 3f 00 00        mov esi, 0x3ffa
    100013  b9 4c 04 00 00        mov ecx, 0x44c
    100018  ba 34 12 00 00        mov edx, 0x1234
    10001d  f3 6e                 rep outsb dx, [rsi]
    10001f  90                    nop
    100020  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3ffa | rdi 0→3ffa
    100005 mov ecx, 0x44c | rcx 0→44c
    10000a mov al, 0x5a | rax 0→5a
    10000c rep stosb [rdi] | rcx 44c→0; rdi 3ffa→4446; [3ffa]=5a*1100
    10000e mov esi, 0x3ffa | rsi 0→3ffa
    100013 mov ecx, 0x44c | rcx 0→44c
    100018 mov edx, 0x1234 | rdx 0→1234
    10001d rep outsb dx, [rsi] | rcx 44c→0; rsi 3ffa→4446; out 1234:1x1100=5a*1100
    10001f nop
    100020 hlt
  `,
});

hazard('REP INSD of 1100 and REP OUTSW of 2048', {
  mode: 'long',
  listing: `
    100000  bf fe 3f 00 00        mov edi, 0x3ffe
    100005  b9 4c 04 00 00        mov ecx, 0x44c
    10000a  ba 34 12 00 00        mov edx, 0x1234
    10000f  f3 6d                 rep insd [rdi], dx
    100011  be fe 3f 00 00        mov esi, 0x3ffe
    100016  b9 00 08 00 00        mov ecx, 0x800
    10001b  f3 66 6f              rep outsw dx, [rsi]
    10001e  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3ffe | rdi 0→3ffe
    100005 mov ecx, 0x44c | rcx 0→44c
    10000a mov edx, 0x1234 | rdx 0→1234
    10000f rep insd [rdi], dx | rcx 44c→0; rdi 3ffe→512e; [3ffe]=ff*4400; in 1234:4x1100=ff*4400
    100011 mov esi, 0x3ffe | rsi 0→3ffe
    100016 mov ecx, 0x800 | rcx 0→800
    10001b rep outsw dx, [rsi] | rcx 800→0; rsi 3ffe→4ffe; out 1234:2x2048=ff*4096
    10001e hlt
  `,
});
