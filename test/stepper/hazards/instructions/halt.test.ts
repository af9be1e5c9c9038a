/** HLT, and the instructions that shadow the next one: MOV SS, POP SS, LSS, STI. */
import { hazard } from '../../../helpers/hazard.js';

hazard('HLT in real mode is a step, and with nothing to wake it the end', {
  mode: 'real',
  listing: `
    7c00  90                    nop
    7c01  f4                    hlt
    7c02  90                    nop
  `,
  steps: `
    7c00 nop
    7c01 hlt
  `,
});

hazard('HLT in protected mode', {
  mode: 'protected',
  listing: `
    100000  b8 01 00 00 00        mov eax, 1
    100005  f4                    hlt
  `,
  steps: `
    100000 mov eax, 1 | rax 0→1
    100005 hlt
  `,
});

hazard('HLT as the very first instruction', {
  mode: 'long',
  listing: `
    100000  f4                    hlt
  `,
  steps: `
    100000 hlt
  `,
});

hazard('HLT right after OUT, IN, an MMIO write and one that takes no single-step trap', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  e6 80                 out 0x80, al
    100007  e4 80                 in al, 0x80
    100009  88 03                 mov [rbx], al
    10000b  0f ae f0              mfence
    10000e  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 out 0x80, al | out 80:1=00
    100007 in al, 0x80 | rax 0→ff; in 80:1=ff
    100009 mov [rbx], al | write 10000000:1=ff
    10000b mfence
    10000e hlt
  `,
});

hazard('MOV SS and POP SS in real mode: the instruction behind them is a step of its own', {
  mode: 'real',
  listing: `
    7c00  31 c0                 xor ax, ax
    7c02  50                    push ax
    7c03  17                    pop ss
    7c04  90                    nop
    7c05  8e d0                 mov ss, ax
    7c07  bc 00 70              mov sp, 0x7000
    7c0a  50                    push ax
    7c0b  8e d0                 mov ss, ax
    7c0d  8e d0                 mov ss, ax
    7c0f  f4                    hlt
  `,
  steps: `
    7c00 xor ax, ax | +pf+zf
    7c02 push ax | rsp 7c00→7bfe
    7c03 pop ss | rsp 7bfe→7c00
    7c04 nop
    7c05 mov ss, ax
    7c07 mov sp, 0x7000 | rsp 7c00→7000
    7c0a push ax | rsp 7000→6ffe
    7c0b mov ss, ax
    7c0d mov ss, ax
    7c0f hlt
  `,
});

hazard('MOV SS, LSS in protected and POP SS: shadows one after another', {
  mode: 'protected',
  listing: `
    100000  b8 20 00 00 00        mov eax, 0x20
    100005  8e d0                 mov ss, ax
    100007  90                    nop
    100008  68 10 00 00 00        push 0x10
    10000d  17                    pop ss
    10000e  90                    nop
    10000f  0f b2 25 1e 00 10 00  lss esp, [0x10001e]
    100016  90                    nop
    100017  8e d0                 mov ss, ax
    100019  e6 80                 out 0x80, al
    10001b  8e d0                 mov ss, ax
    10001d  f4                    hlt
    10001e  00 00 18 00           db
    100022  10 00                 db
  `,
  steps: `
    100000 mov eax, 0x20 | rax 0→20
    100005 mov ss, ax | ss 10→20
    100007 nop
    100008 push 0x10 | rsp 200000→1ffffc; [1ffffc]:4=10
    10000d pop ss | rsp 1ffffc→200000; ss 20→10
    10000e nop
    10000f lss esp, [0x10001e] | rsp 200000→180000
    100016 nop
    100017 mov ss, ax | ss 10→20
    100019 out 0x80, al | out 80:1=20
    10001b mov ss, ax
    10001d hlt
  `,
});

hazard('MOV SS and LSS in long mode', {
  mode: 'long',
  listing: `
    100000  b8 20 00 00 00        mov eax, 0x20
    100005  8e d0                 mov ss, ax
    100007  90                    nop
    100008  0f b2 24 25 1b 00 10 00  lss esp, [0x10001b]
    100010  90                    nop
    100011  8e d0                 mov ss, ax
    100013  89 04 25 00 05 00 00  mov [0x500], eax
    10001a  f4                    hlt
    10001b  00 00 18 00           db
    10001f  10 00                 db
  `,
  steps: `
    100000 mov eax, 0x20 | rax 0→20
    100005 mov ss, ax | ss 10→20
    100007 nop
    100008 lss esp, [0x10001b] | rsp 200000→180000; ss 20→10
    100010 nop
    100011 mov ss, ax | ss 10→20
    100013 mov [0x500], eax | [500]:4=20
    10001a hlt
  `,
});

hazard('STI and CLI', {
  mode: 'long',
  listing: `
    100000  fb                    sti
    100001  90                    nop
    100002  fa                    cli
    100003  fb                    sti
    100004  fb                    sti
    100005  90                    nop
    100006  90                    nop
    100007  fa                    cli
    100008  f4                    hlt
  `,
  steps: `
    100000 sti | +if
    100001 nop
    100002 cli | -if
    100003 sti | +if
    100004 sti
    100005 nop
    100006 nop
    100007 cli | -if
    100008 hlt
  `,
});

hazard('STI before HLT, before OUT and before MOV SS in real mode', {
  mode: 'real',
  listing: `
    7c00  fb                    sti
    7c01  e6 80                 out 0x80, al
    7c03  fa                    cli
    7c04  fb                    sti
    7c05  8e d0                 mov ss, ax
    7c07  90                    nop
    7c08  fa                    cli
    7c09  f4                    hlt
  `,
  steps: `
    7c00 sti | +if
    7c01 out 0x80, al | out 80:1=00
    7c03 cli | -if
    7c04 sti | +if
    7c05 mov ss, ax
    7c07 nop
    7c08 cli | -if
    7c09 hlt
  `,
});
