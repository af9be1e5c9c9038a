/** IN and OUT of every size, in every mode: one step each. */
import { hazard } from '../../../helpers/hazard.js';

hazard('OUT in real mode: rip is past it at the exit', {
  mode: 'real',
  listing: `
    7c00  b0 41                 mov al, 0x41
    7c02  e6 80                 out 0x80, al
    7c04  ba 34 12              mov dx, 0x1234
    7c07  ee                    out dx, al
    7c08  b8 11 22              mov ax, 0x2211
    7c0b  e7 80                 out 0x80, ax
    7c0d  ef                    out dx, ax
    7c0e  66 b8 11 22 33 44     mov eax, 0x44332211
    7c14  66 e7 80              out 0x80, eax
    7c17  66 ef                 out dx, eax
    7c19  90                    nop
    7c1a  f4                    hlt
  `,
  steps: `
    7c00 mov al, 0x41 | rax 0→41
    7c02 out 0x80, al | out 80:1=41
    7c04 mov dx, 0x1234 | rdx 0→1234
    7c07 out dx, al | out 1234:1=41
    7c08 mov ax, 0x2211 | rax 41→2211
    7c0b out 0x80, ax | out 80:2=1122
    7c0d out dx, ax | out 1234:2=1122
    7c0e mov eax, 0x44332211 | rax 2211→44332211
    7c14 out 0x80, eax | out 80:4=11223344
    7c17 out dx, eax | out 1234:4=11223344
    7c19 nop
    7c1a hlt
  `,
});

hazard('IN in real mode: unknown ports read as ones, into as much of rax as the access has', {
  mode: 'real',
  listing: `
    7c00  e4 98                 in al, 0x98
    7c02  66 31 c0              xor eax, eax
    7c05  e5 98                 in ax, 0x98
    7c07  66 31 c0              xor eax, eax
    7c0a  66 e5 98              in eax, 0x98
    7c0d  ba 34 12              mov dx, 0x1234
    7c10  66 31 c0              xor eax, eax
    7c13  ec                    in al, dx
    7c14  66 31 c0              xor eax, eax
    7c17  ed                    in ax, dx
    7c18  66 31 c0              xor eax, eax
    7c1b  66 ed                 in eax, dx
    7c1d  90                    nop
    7c1e  f4                    hlt
  `,
  steps: `
    7c00 in al, 0x98 | rax 0→ff; in 98:1=ff
    7c02 xor eax, eax | rax ff→0; +pf+zf
    7c05 in ax, 0x98 | rax 0→ffff; in 98:2=ffff
    7c07 xor eax, eax | rax ffff→0
    7c0a in eax, 0x98 | rax 0→ffffffff; in 98:4=ffffffff
    7c0d mov dx, 0x1234 | rdx 0→1234
    7c10 xor eax, eax | rax ffffffff→0
    7c13 in al, dx | rax 0→ff; in 1234:1=ff
    7c14 xor eax, eax | rax ff→0
    7c17 in ax, dx | rax 0→ffff; in 1234:2=ffff
    7c18 xor eax, eax | rax ffff→0
    7c1b in eax, dx | rax 0→ffffffff; in 1234:4=ffffffff
    7c1d nop
    7c1e hlt
  `,
});

hazard('OUT and IN in protected mode', {
  mode: 'protected',
  listing: `
    100000  b8 11 22 33 44        mov eax, 0x44332211
    100005  ba 34 12 00 00        mov edx, 0x1234
    10000a  ee                    out dx, al
    10000b  66 ef                 out dx, ax
    10000d  ef                    out dx, eax
    10000e  ec                    in al, dx
    10000f  66 ed                 in ax, dx
    100011  ed                    in eax, dx
    100012  e6 80                 out 0x80, al
    100014  e4 80                 in al, 0x80
    100016  f4                    hlt
  `,
  steps: `
    100000 mov eax, 0x44332211 | rax 0→44332211
    100005 mov edx, 0x1234 | rdx 0→1234
    10000a out dx, al | out 1234:1=11
    10000b out dx, ax | out 1234:2=1122
    10000d out dx, eax | out 1234:4=11223344
    10000e in al, dx | rax 44332211→443322ff; in 1234:1=ff
    10000f in ax, dx | rax 443322ff→4433ffff; in 1234:2=ffff
    100011 in eax, dx | rax 4433ffff→ffffffff; in 1234:4=ffffffff
    100012 out 0x80, al | out 80:1=ff
    100014 in al, 0x80 | in 80:1=ff
    100016 hlt
  `,
});

// IN eax clears the upper half of rax, IN al and IN ax do not.
hazard('OUT and IN in long mode', {
  mode: 'long',
  listing: `
    100000  48 b8 11 22 33 44 55 66 77 88  mov rax, 0x8877665544332211
    10000a  ba 34 12 00 00        mov edx, 0x1234
    10000f  ee                    out dx, al
    100010  66 ef                 out dx, ax
    100012  ef                    out dx, eax
    100013  ec                    in al, dx
    100014  66 ed                 in ax, dx
    100016  ed                    in eax, dx
    100017  e6 80                 out 0x80, al
    100019  e4 80                 in al, 0x80
    10001b  f4                    hlt
  `,
  steps: `
    100000 mov rax, 0x8877665544332211 | rax 0→8877665544332211
    10000a mov edx, 0x1234 | rdx 0→1234
    10000f out dx, al | out 1234:1=11
    100010 out dx, ax | out 1234:2=1122
    100012 out dx, eax | out 1234:4=11223344
    100013 in al, dx | rax 8877665544332211→88776655443322ff; in 1234:1=ff
    100014 in ax, dx | rax 88776655443322ff→887766554433ffff; in 1234:2=ffff
    100016 in eax, dx | rax 887766554433ffff→ffffffff; in 1234:4=ffffffff
    100017 out 0x80, al | out 80:1=ff
    100019 in al, 0x80 | in 80:1=ff
    10001b hlt
  `,
});

hazard('OUT upon OUT, IN upon IN: none is merged', {
  mode: 'long',
  listing: `
    100000  b0 01                 mov al, 1
    100002  e6 80                 out 0x80, al
    100004  e6 80                 out 0x80, al
    100006  e6 80                 out 0x80, al
    100008  e4 80                 in al, 0x80
    10000a  e4 80                 in al, 0x80
    10000c  e6 80                 out 0x80, al
    10000e  e4 80                 in al, 0x80
    100010  f4                    hlt
  `,
  steps: `
    100000 mov al, 1 | rax 0→1
    100002 out 0x80, al | out 80:1=01
    100004 out 0x80, al | out 80:1=01
    100006 out 0x80, al | out 80:1=01
    100008 in al, 0x80 | rax 1→ff; in 80:1=ff
    10000a in al, 0x80 | in 80:1=ff
    10000c out 0x80, al | out 80:1=ff
    10000e in al, 0x80 | in 80:1=ff
    100010 hlt
  `,
});
