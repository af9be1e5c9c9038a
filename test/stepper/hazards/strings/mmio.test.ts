/** String instructions between RAM and MMIO. */
import { hazard } from '../../../helpers/hazard.js';

hazard('REP MOVS from MMIO to RAM and from RAM to MMIO: one step', {
  mode: 'long',
  listing: `
    100000  be 00 00 00 10        mov esi, 0x10000000
    100005  bf 00 30 00 00        mov edi, 0x3000
    10000a  b9 02 00 00 00        mov ecx, 2
    10000f  f3 a5                 rep movsd [rdi], [rsi]
    100011  be 00 30 00 00        mov esi, 0x3000
    100016  bf 00 00 00 10        mov edi, 0x10000000
    10001b  b9 02 00 00 00        mov ecx, 2
    100020  f3 a5                 rep movsd [rdi], [rsi]
    100022  b9 02 00 00 00        mov ecx, 2
    100027  f3 48 ab              rep stosq [rdi]
    10002a  bf 00 00 00 10        mov edi, 0x10000000
    10002f  be 00 10 00 10        mov esi, 0x10001000
    100034  b9 02 00 00 00        mov ecx, 2
    100039  f3 a4                 rep movsb [rdi], [rsi]
    10003b  b9 02 00 00 00        mov ecx, 2
    100040  f3 ac                 rep lodsb [rsi]
    100042  f4                    hlt
  `,
  steps: `
    100000 mov esi, 0x10000000 | rsi 0→10000000
    100005 mov edi, 0x3000 | rdi 0→3000
    10000a mov ecx, 2 | rcx 0→2
    10000f rep movsd [rdi], [rsi] | rcx 2→0; rsi 10000000→10000008; rdi 3000→3008; [3000]:8=ffffffffffffffff; read 10000000:4=ffffffff; read 10000004:4=ffffffff
    100011 mov esi, 0x3000 | rsi 10000008→3000
    100016 mov edi, 0x10000000 | rdi 3008→10000000
    10001b mov ecx, 2 | rcx 0→2
    100020 rep movsd [rdi], [rsi] | rcx 2→0; rsi 3000→3008; rdi 10000000→10000008; write 10000000:4=ffffffff; write 10000004:4=ffffffff
    100022 mov ecx, 2 | rcx 0→2
    100027 rep stosq [rdi] | rcx 2→0; rdi 10000008→10000018; write 10000008:8=0000000000000000; write 10000010:8=0000000000000000
    10002a mov edi, 0x10000000 | rdi 10000018→10000000
    10002f mov esi, 0x10001000 | rsi 3008→10001000
    100034 mov ecx, 2 | rcx 0→2
    100039 rep movsb [rdi], [rsi] | rcx 2→0; rsi 10001000→10001002; rdi 10000000→10000002; read 10001000:1=ff; write 10000000:1=ff; read 10001001:1=ff; write 10000001:1=ff
    10003b mov ecx, 2 | rcx 0→2
    100040 rep lodsb [rsi] | rax 0→ff; rcx 2→0; rsi 10001002→10001004; read 10001002:1=ff; read 10001003:1=ff
    100042 hlt
  `,
});

hazard('string instructions on MMIO without REP, and REP that compares with MMIO', {
  mode: 'long',
  listing: `
    100000  be 00 00 00 10        mov esi, 0x10000000
    100005  bf 00 30 00 00        mov edi, 0x3000
    10000a  a5                    movsd [rdi], [rsi]
    10000b  bf 00 00 00 10        mov edi, 0x10000000
    100010  be 00 30 00 00        mov esi, 0x3000
    100015  a5                    movsd [rdi], [rsi]
    100016  ac                    lodsb [rsi]
    100017  aa                    stosb [rdi]
    100018  bf 00 00 00 10        mov edi, 0x10000000
    10001d  ae                    scasb [rdi]
    10001e  b9 03 00 00 00        mov ecx, 3
    100023  b0 ff                 mov al, 0xff
    100025  f3 ae                 repe scasb [rdi]
    100027  b9 03 00 00 00        mov ecx, 3
    10002c  be 00 30 00 00        mov esi, 0x3000
    100031  bf 00 00 00 10        mov edi, 0x10000000
    100036  f3 a6                 repe cmpsb [rsi], [rdi]
    100038  f4                    hlt
  `,
  steps: `
    100000 mov esi, 0x10000000 | rsi 0→10000000
    100005 mov edi, 0x3000 | rdi 0→3000
    10000a movsd [rdi], [rsi] | rsi 10000000→10000004; rdi 3000→3004; [3000]:4=ffffffff; read 10000000:4=ffffffff
    10000b mov edi, 0x10000000 | rdi 3004→10000000
    100010 mov esi, 0x3000 | rsi 10000004→3000
    100015 movsd [rdi], [rsi] | rsi 3000→3004; rdi 10000000→10000004; write 10000000:4=ffffffff
    100016 lodsb [rsi] | rsi 3004→3005
    100017 stosb [rdi] | rdi 10000004→10000005; write 10000004:1=00
    100018 mov edi, 0x10000000 | rdi 10000005→10000000
    10001d scasb [rdi] | rdi 10000000→10000001; +cf+af; read 10000000:1=ff
    10001e mov ecx, 3 | rcx 0→3
    100023 mov al, 0xff | rax 0→ff
    100025 repe scasb [rdi] | rcx 3→0; rdi 10000001→10000004; -cf+pf-af+zf; read 10000001:1=ff; read 10000002:1=ff; read 10000003:1=ff
    100027 mov ecx, 3 | rcx 0→3
    10002c mov esi, 0x3000 | rsi 3005→3000
    100031 mov edi, 0x10000000 | rdi 10000004→10000000
    100036 repe cmpsb [rsi], [rdi] | rcx 3→0; rsi 3000→3003; rdi 10000000→10000003; read 10000000:1=ff; read 10000001:1=ff; read 10000002:1=ff
    100038 hlt
  `,
});

hazard('REP MOVS from RAM into MMIO over the end of RAM', {
  mode: 'long',
  listing: `
    100000  48 b8 01 02 03 04 05 06 07 08  mov rax, 0x807060504030201
    10000a  48 89 04 25 00 05 00 00  mov [0x500], rax
    100012  be 00 05 00 00        mov esi, 0x500
    100017  bf fd ff 1f 00        mov edi, 0x1ffffd
    10001c  b9 06 00 00 00        mov ecx, 6
    100021  f3 a4                 rep movsb [rdi], [rsi]
    100023  f4                    hlt
  `,
  steps: `
    100000 mov rax, 0x807060504030201 | rax 0→807060504030201
    10000a mov [0x500], rax | [500]:8=807060504030201
    100012 mov esi, 0x500 | rsi 0→500
    100017 mov edi, 0x1ffffd | rdi 0→1ffffd
    10001c mov ecx, 6 | rcx 0→6
    100021 rep movsb [rdi], [rsi] | rcx 6→0; rsi 500→506; rdi 1ffffd→200003; [1ffffd]:3=30201; write 200000:1=04; write 200001:1=05; write 200002:1=06
    100023 hlt
  `,
});
