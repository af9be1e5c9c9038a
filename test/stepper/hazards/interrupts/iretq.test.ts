/** IRETQ gives no debug exit: a breakpoint stands where it returns to. */
import { hazard } from '../../../helpers/hazard.js';

hazard('IRETQ to the next instruction, to itself elsewhere, and to OUT, IN and HLT', {
  mode: 'long',
  listing: `
    100000  68 10 00 00 00        push 0x10
    100005  68 00 00 18 00        push 0x180000
    10000a  68 02 00 00 00        push 2
    10000f  68 08 00 00 00        push 8
    100014  68 1c 00 10 00        push 0x10001c
    100019  48 cf                 iretq
    10001b  90                    nop
    10001c  68 10 00 00 00        push 0x10
    100021  68 00 00 18 00        push 0x180000
    100026  68 46 00 00 00        push 0x46
    10002b  68 08 00 00 00        push 8
    100030  68 38 00 10 00        push 0x100038
    100035  48 cf                 iretq
    100037  90                    nop
    100038  e6 80                 out 0x80, al
    10003a  68 10 00 00 00        push 0x10
    10003f  68 00 00 18 00        push 0x180000
    100044  68 02 00 00 00        push 2
    100049  68 08 00 00 00        push 8
    10004e  68 55 00 10 00        push 0x100055
    100053  48 cf                 iretq
    100055  e4 80                 in al, 0x80
    100057  68 10 00 00 00        push 0x10
    10005c  68 00 00 18 00        push 0x180000
    100061  68 02 00 00 00        push 2
    100066  68 08 00 00 00        push 8
    10006b  68 72 00 10 00        push 0x100072
    100070  48 cf                 iretq
    100072  f4                    hlt
  `,
  steps: `
    100000 push 0x10 | rsp 200000→1ffff8; [1ffff8]:8=10
    100005 push 0x180000 | rsp 1ffff8→1ffff0; [1ffff0]:8=180000
    10000a push 2 | rsp 1ffff0→1fffe8; [1fffe8]:8=2
    10000f push 8 | rsp 1fffe8→1fffe0; [1fffe0]:8=8
    100014 push 0x10001c | rsp 1fffe0→1fffd8; [1fffd8]:8=10001c
    100019 iretq | rsp 1fffd8→180000
    10001c push 0x10 | rsp 180000→17fff8; [17fff8]:8=10
    100021 push 0x180000 | rsp 17fff8→17fff0; [17fff0]:8=180000
    100026 push 0x46 | rsp 17fff0→17ffe8; [17ffe8]:8=46
    10002b push 8 | rsp 17ffe8→17ffe0; [17ffe0]:8=8
    100030 push 0x100038 | rsp 17ffe0→17ffd8; [17ffd8]:8=100038
    100035 iretq | rsp 17ffd8→180000; +pf+zf
    100038 out 0x80, al | out 80:1=00
    10003a push 0x10 | rsp 180000→17fff8
    10003f push 0x180000 | rsp 17fff8→17fff0
    100044 push 2 | rsp 17fff0→17ffe8; [17ffe8]:8=2
    100049 push 8 | rsp 17ffe8→17ffe0
    10004e push 0x100055 | rsp 17ffe0→17ffd8; [17ffd8]:8=100055
    100053 iretq | rsp 17ffd8→180000; -pf-zf
    100055 in al, 0x80 | rax 0→ff; in 80:1=ff
    100057 push 0x10 | rsp 180000→17fff8
    10005c push 0x180000 | rsp 17fff8→17fff0
    100061 push 2 | rsp 17fff0→17ffe8
    100066 push 8 | rsp 17ffe8→17ffe0
    10006b push 0x100072 | rsp 17ffe0→17ffd8; [17ffd8]:8=100072
    100070 iretq | rsp 17ffd8→180000
    100072 hlt
  `,
});

hazard('IRETQ to an instruction that takes no single-step trap, to another IRETQ and to REP', {
  mode: 'long',
  listing: `
    100000  bf 00 05 00 00        mov edi, 0x500
    100005  b9 03 00 00 00        mov ecx, 3
    10000a  bc 20 00 10 00        mov esp, 0x100020
    10000f  48 cf                 iretq
    100011  0f ae f0              mfence
    100014  0f ae e8              lfence
    100017  48 cf                 iretq
    100019  48 cf                 iretq
    10001b  f3 aa                 rep stosb [rdi]
    10001d  f4                    hlt
    100020  11 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100030  02 00 00 00 00 00 00 00 48 00 10 00 00 00 00 00  db
    100040  10 00 00 00 00 00 00 00  db
    100048  19 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100058  02 00 00 00 00 00 00 00 70 00 10 00 00 00 00 00  db
    100068  10 00 00 00 00 00 00 00  db
    100070  1b 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100080  02 00 00 00 00 00 00 00 00 00 18 00 00 00 00 00  db
    100090  10 00 00 00 00 00 00 00  db
  `,
  steps: `
    100000 mov edi, 0x500 | rdi 0→500
    100005 mov ecx, 3 | rcx 0→3
    10000a mov esp, 0x100020 | rsp 200000→100020
    10000f iretq | rsp 100020→100048
    100011 mfence
    100014 lfence
    100017 iretq | rsp 100048→100070
    100019 iretq | rsp 100070→180000
    10001b rep stosb [rdi] | rcx 3→0; rdi 500→503
    10001d hlt
  `,
});

hazard('IRETQ to itself, twice', {
  mode: 'long',
  listing: `
    100000  bc 10 00 10 00        mov esp, 0x100010
    100005  48 cf                 iretq
    100007  90                    nop
    100008  f4                    hlt
    100010  05 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100020  46 00 00 00 00 00 00 00 38 00 10 00 00 00 00 00  db
    100030  10 00 00 00 00 00 00 00  db
    100038  05 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100048  02 00 00 00 00 00 00 00 60 00 10 00 00 00 00 00  db
    100058  10 00 00 00 00 00 00 00  db
    100060  07 00 10 00 00 00 00 00 08 00 00 00 00 00 00 00  db
    100070  02 00 00 00 00 00 00 00 00 00 18 00 00 00 00 00  db
    100080  10 00 00 00 00 00 00 00  db
  `,
  steps: `
    100000 mov esp, 0x100010 | rsp 200000→100010
    100005 iretq | rsp 100010→100038; +pf+zf
    100005 iretq | rsp 100038→100060; -pf-zf
    100005 iretq | rsp 100060→180000
    100007 nop
    100008 hlt
  `,
});
