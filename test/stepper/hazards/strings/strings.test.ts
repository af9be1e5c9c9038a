/** REP string instructions in RAM: one step, however often KVM stops in them. */
import { hazard } from '../../../helpers/hazard.js';

hazard("REP with a count of 0 is a step without effect, in every mode's form", {
  mode: 'long',
  listing: `
    100000  be 00 05 00 00        mov esi, 0x500
    100005  bf 00 06 00 00        mov edi, 0x600
    10000a  f3 a4                 rep movsb [rdi], [rsi]
    10000c  f3 48 ab              rep stosq [rdi]
    10000f  f3 66 ad              rep lodsw [rsi]
    100012  f3 a6                 repe cmpsb [rsi], [rdi]
    100014  f2 af                 repne scasd [rdi]
    100016  f4                    hlt
  `,
  steps: `
    100000 mov esi, 0x500 | rsi 0→500
    100005 mov edi, 0x600 | rdi 0→600
    10000a rep movsb [rdi], [rsi]
    10000c rep stosq [rdi]
    10000f rep lodsw [rsi]
    100012 repe cmpsb [rsi], [rdi]
    100014 repne scasd [rdi]
    100016 hlt
  `,
});

hazard('REP MOVS and STOS of 5000 bytes: one step, however often KVM stops in it', {
  mode: 'long',
  listing: `
    100000  bf 00 30 00 00        mov edi, 0x3000
    100005  b9 88 13 00 00        mov ecx, 0x1388
    10000a  b0 5a                 mov al, 0x5a
    10000c  f3 aa                 rep stosb [rdi]
    10000e  be 00 30 00 00        mov esi, 0x3000
    100013  bf 00 50 00 00        mov edi, 0x5000
    100018  b9 88 13 00 00        mov ecx, 0x1388
    10001d  f3 a4                 rep movsb [rdi], [rsi]
    10001f  90                    nop
    100020  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3000 | rdi 0→3000
    100005 mov ecx, 0x1388 | rcx 0→1388
    10000a mov al, 0x5a | rax 0→5a
    10000c rep stosb [rdi] | rcx 1388→0; rdi 3000→4388; [3000]=5a*5000
    10000e mov esi, 0x3000 | rsi 0→3000
    100013 mov edi, 0x5000 | rdi 4388→5000
    100018 mov ecx, 0x1388 | rcx 0→1388
    10001d rep movsb [rdi], [rsi] | rcx 1388→0; rsi 3000→4388; rdi 5000→6388; [5000]=5a*5000
    10001f nop
    100020 hlt
  `,
});

hazard('REP with counts that are multiples of 1024', {
  mode: 'long',
  listing: `
    100000  bf 00 30 00 00        mov edi, 0x3000
    100005  b9 00 04 00 00        mov ecx, 0x400
    10000a  b8 11 11 00 00        mov eax, 0x1111
    10000f  f3 aa                 rep stosb [rdi]
    100011  b9 00 08 00 00        mov ecx, 0x800
    100016  f3 66 ab              rep stosw [rdi]
    100019  be 00 30 00 00        mov esi, 0x3000
    10001e  b9 00 04 00 00        mov ecx, 0x400
    100023  f3 ac                 rep lodsb [rsi]
    100025  b9 01 04 00 00        mov ecx, 0x401
    10002a  f3 ac                 rep lodsb [rsi]
    10002c  b9 ff 03 00 00        mov ecx, 0x3ff
    100031  f3 ac                 rep lodsb [rsi]
    100033  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3000 | rdi 0→3000
    100005 mov ecx, 0x400 | rcx 0→400
    10000a mov eax, 0x1111 | rax 0→1111
    10000f rep stosb [rdi] | rcx 400→0; rdi 3000→3400; [3000]=11*1024
    100011 mov ecx, 0x800 | rcx 0→800
    100016 rep stosw [rdi] | rcx 800→0; rdi 3400→4400; [3400]=11*4096
    100019 mov esi, 0x3000 | rsi 0→3000
    10001e mov ecx, 0x400 | rcx 0→400
    100023 rep lodsb [rsi] | rcx 400→0; rsi 3000→3400
    100025 mov ecx, 0x401 | rcx 0→401
    10002a rep lodsb [rsi] | rcx 401→0; rsi 3400→3801
    10002c mov ecx, 0x3ff | rcx 0→3ff
    100031 rep lodsb [rsi] | rcx 3ff→0; rsi 3801→3c00
    100033 hlt
  `,
});

hazard('REP CMPS and SCAS of more than 1024 elements end where they find something, or nothing', {
  mode: 'long',
  listing: `
    100000  bf 00 30 00 00        mov edi, 0x3000
    100005  b9 b8 0b 00 00        mov ecx, 0xbb8
    10000a  b0 11                 mov al, 0x11
    10000c  f3 aa                 rep stosb [rdi]
    10000e  c6 04 25 b8 3b 00 00 22  mov byte ptr [0x3bb8], 0x22
    100016  bf 00 30 00 00        mov edi, 0x3000
    10001b  b9 88 13 00 00        mov ecx, 0x1388
    100020  b0 22                 mov al, 0x22
    100022  f2 ae                 repne scasb [rdi]
    100024  bf 00 30 00 00        mov edi, 0x3000
    100029  b9 00 08 00 00        mov ecx, 0x800
    10002e  b0 33                 mov al, 0x33
    100030  f2 ae                 repne scasb [rdi]
    100032  be 00 30 00 00        mov esi, 0x3000
    100037  bf 01 30 00 00        mov edi, 0x3001
    10003c  b9 88 13 00 00        mov ecx, 0x1388
    100041  f3 a6                 repe cmpsb [rsi], [rdi]
    100043  be 00 30 00 00        mov esi, 0x3000
    100048  bf 00 30 00 00        mov edi, 0x3000
    10004d  b9 00 04 00 00        mov ecx, 0x400
    100052  f3 a6                 repe cmpsb [rsi], [rdi]
    100054  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x3000 | rdi 0→3000
    100005 mov ecx, 0xbb8 | rcx 0→bb8
    10000a mov al, 0x11 | rax 0→11
    10000c rep stosb [rdi] | rcx bb8→0; rdi 3000→3bb8; [3000]=11*3000
    10000e mov byte ptr [0x3bb8], 0x22 | [3bb8]:1=22
    100016 mov edi, 0x3000 | rdi 3bb8→3000
    10001b mov ecx, 0x1388 | rcx 0→1388
    100020 mov al, 0x22 | rax 11→22
    100022 repne scasb [rdi] | rcx 1388→7cf; rdi 3000→3bb9; +pf+zf
    100024 mov edi, 0x3000 | rdi 3bb9→3000
    100029 mov ecx, 0x800 | rcx 7cf→800
    10002e mov al, 0x33 | rax 22→33
    100030 repne scasb [rdi] | rcx 800→0; rdi 3000→3800; -zf
    100032 mov esi, 0x3000 | rsi 0→3000
    100037 mov edi, 0x3001 | rdi 3800→3001
    10003c mov ecx, 0x1388 | rcx 0→1388
    100041 repe cmpsb [rsi], [rdi] | rcx 1388→7d0; rsi 3000→3bb8; rdi 3001→3bb9; +cf-pf+af+sf
    100043 mov esi, 0x3000 | rsi 3bb8→3000
    100048 mov edi, 0x3000 | rdi 3bb9→3000
    10004d mov ecx, 0x400 | rcx 7d0→400
    100052 repe cmpsb [rsi], [rdi] | rcx 400→0; rsi 3000→3400; rdi 3000→3400; -cf+pf-af+zf-sf
    100054 hlt
  `,
});

hazard('REP downwards and with overlap', {
  mode: 'long',
  listing: `
    100000  48 b8 01 02 03 04 05 06 07 08  mov rax, 0x807060504030201
    10000a  48 89 04 25 00 05 00 00  mov [0x500], rax
    100012  be 07 05 00 00        mov esi, 0x507
    100017  bf 08 05 00 00        mov edi, 0x508
    10001c  b9 08 00 00 00        mov ecx, 8
    100021  fd                    std
    100022  f3 a4                 rep movsb [rdi], [rsi]
    100024  fc                    cld
    100025  be 00 05 00 00        mov esi, 0x500
    10002a  bf 01 05 00 00        mov edi, 0x501
    10002f  b9 04 00 00 00        mov ecx, 4
    100034  f3 a4                 rep movsb [rdi], [rsi]
    100036  f4                    hlt
  `,
  steps: `
    100000 mov rax, 0x807060504030201 | rax 0→807060504030201
    10000a mov [0x500], rax | [500]:8=807060504030201
    100012 mov esi, 0x507 | rsi 0→507
    100017 mov edi, 0x508 | rdi 0→508
    10001c mov ecx, 8 | rcx 0→8
    100021 std | +df
    100022 rep movsb [rdi], [rsi] | rcx 8→0; rsi 507→4ff; rdi 508→500; [501]:7=7060504030201; [508]:1=8
    100024 cld | -df
    100025 mov esi, 0x500 | rsi 4ff→500
    10002a mov edi, 0x501 | rdi 500→501
    10002f mov ecx, 4 | rcx 0→4
    100034 rep movsb [rdi], [rsi] | rcx 4→0; rsi 500→504; rdi 501→505; [502]:3=10101
    100036 hlt
  `,
});
