/** String instructions without REP, and REP in real and protected mode. */
import { hazard } from '../../../helpers/hazard.js';

hazard('string instructions without REP', {
  mode: 'long',
  listing: `
    100000  48 b8 01 02 03 04 05 06 07 08  mov rax, 0x807060504030201
    10000a  be 00 05 00 00        mov esi, 0x500
    10000f  bf 00 06 00 00        mov edi, 0x600
    100014  48 89 06              mov [rsi], rax
    100017  a4                    movsb [rdi], [rsi]
    100018  66 a5                 movsw [rdi], [rsi]
    10001a  ab                    stosd [rdi]
    10001b  ac                    lodsb [rsi]
    10001c  ae                    scasb [rdi]
    10001d  a6                    cmpsb [rsi], [rdi]
    10001e  f4                    hlt
  `,
  steps: `
    100000 mov rax, 0x807060504030201 | rax 0→807060504030201
    10000a mov esi, 0x500 | rsi 0→500
    10000f mov edi, 0x600 | rdi 0→600
    100014 mov [rsi], rax | [500]:8=807060504030201
    100017 movsb [rdi], [rsi] | rsi 500→501; rdi 600→601; [600]:1=1
    100018 movsw [rdi], [rsi] | rsi 501→503; rdi 601→603; [601]:2=302
    10001a stosd [rdi] | rdi 603→607; [603]:4=4030201
    10001b lodsb [rsi] | rax 807060504030201→807060504030204; rsi 503→504
    10001c scasb [rdi] | rdi 607→608
    10001d cmpsb [rsi], [rdi] | rsi 504→505; rdi 608→609; +pf
    10001e hlt
  `,
});

hazard('REP string instructions in real mode, 16-bit counts and addresses', {
  mode: 'real',
  listing: `
    7c00  bf 00 10              mov di, 0x1000
    7c03  b9 2c 01              mov cx, 0x12c
    7c06  b0 5a                 mov al, 0x5a
    7c08  f3 aa                 rep stosb [di]
    7c0a  be 00 10              mov si, 0x1000
    7c0d  bf 00 20              mov di, 0x2000
    7c10  b9 2c 01              mov cx, 0x12c
    7c13  f3 a4                 rep movsb [di], [si]
    7c15  be 00 10              mov si, 0x1000
    7c18  bf 00 20              mov di, 0x2000
    7c1b  b9 0a 00              mov cx, 0xa
    7c1e  f3 a7                 repe cmpsw [si], [di]
    7c20  bf fe ff              mov di, 0xfffe
    7c23  b9 04 00              mov cx, 4
    7c26  f3 aa                 rep stosb [di]
    7c28  f4                    hlt
  `,
  steps: `
    7c00 mov di, 0x1000 | rdi 0→1000
    7c03 mov cx, 0x12c | rcx 0→12c
    7c06 mov al, 0x5a | rax 0→5a
    7c08 rep stosb [di] | rcx 12c→0; rdi 1000→112c; [1000]=5a*300
    7c0a mov si, 0x1000 | rsi 0→1000
    7c0d mov di, 0x2000 | rdi 112c→2000
    7c10 mov cx, 0x12c | rcx 0→12c
    7c13 rep movsb [di], [si] | rcx 12c→0; rsi 1000→112c; rdi 2000→212c; [2000]=5a*300
    7c15 mov si, 0x1000 | rsi 112c→1000
    7c18 mov di, 0x2000 | rdi 212c→2000
    7c1b mov cx, 0xa | rcx 0→a
    7c1e repe cmpsw [si], [di] | rcx a→0; rsi 1000→1014; rdi 2000→2014; +pf+zf
    7c20 mov di, 0xfffe | rdi 2014→fffe
    7c23 mov cx, 4 | rcx 0→4
    7c26 rep stosb [di] | rcx 4→0; rdi fffe→2; [0]:2=5a5a; [fffe]:2=5a5a
    7c28 hlt
  `,
});

hazard('REP string instructions in protected mode', {
  mode: 'protected',
  listing: `
    100000  bf 00 10 00 00        mov edi, 0x1000
    100005  b9 00 06 00 00        mov ecx, 0x600
    10000a  b8 5a 5a 5a 5a        mov eax, 0x5a5a5a5a
    10000f  f3 ab                 rep stosd [edi]
    100011  be 00 10 00 00        mov esi, 0x1000
    100016  bf 00 40 00 00        mov edi, 0x4000
    10001b  b9 00 06 00 00        mov ecx, 0x600
    100020  f3 a5                 rep movsd [edi], [esi]
    100022  bf 00 10 00 00        mov edi, 0x1000
    100027  b9 01 06 00 00        mov ecx, 0x601
    10002c  f3 af                 repe scasd [edi]
    10002e  f4                    hlt
  `,
  steps: `
    100000 mov edi, 0x1000 | rdi 0→1000
    100005 mov ecx, 0x600 | rcx 0→600
    10000a mov eax, 0x5a5a5a5a | rax 0→5a5a5a5a
    10000f rep stosd [edi] | rcx 600→0; rdi 1000→2800; [1000]=5a*6144
    100011 mov esi, 0x1000 | rsi 0→1000
    100016 mov edi, 0x4000 | rdi 2800→4000
    10001b mov ecx, 0x600 | rcx 0→600
    100020 rep movsd [edi], [esi] | rcx 600→0; rsi 1000→2800; rdi 4000→5800; [4000]=5a*6144
    100022 mov edi, 0x1000 | rdi 5800→1000
    100027 mov ecx, 0x601 | rcx 0→601
    10002c repe scasd [edi] | rcx 601→0; rdi 1000→2804; +pf
    10002e hlt
  `,
});
