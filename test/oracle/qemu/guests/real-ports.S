/* Real mode: IN, OUT, INS and OUTS, with and without REP, in all sizes and both directions. */
#include "common.h"
        .code16
start:
        mov     dx, COM1_SCRATCH
        mov     al, 0x5a
        out     dx, al
        in      al, dx
        mov     dx, COM1_STATUS
        in      al, dx
        mov     dx, NOBODY
        mov     eax, 0x12345678
        in      al, dx
        mov     eax, 0x12345678
        in      ax, dx
        mov     eax, 0x12345678
        in      eax, dx
        mov     eax, 0x12345678
        in      al, 0xe4
        in      ax, 0xe4
        in      eax, 0xe4
        out     0xe4, al
        out     0xe4, ax
        out     0xe4, eax
        out     dx, ax
        out     dx, eax
        mov     al, 'k'
        mov     dx, COM1
        out     dx, al

/* INS without REP. */
        cld
        mov     dx, COM1_SCRATCH
        mov     di, 0x1000
        insb
        mov     dx, NOBODY
        insw
        insd
        std
        mov     di, 0x1020
        insb
        insw
        insd
        cld

/* REP INS: no element, one, some, more than KVM takes in one exit, across a page. */
        mov     dx, COM1_SCRATCH
        mov     di, 0x1040
        mov     cx, 0
        rep     insb
        mov     cx, 1
        rep     insb
        mov     cx, 7
        rep     insb
        mov     dx, NOBODY
        mov     cx, 5
        rep     insw
        mov     cx, 5
        rep     insd
        mov     di, 0x1ff0
        mov     cx, 1100
        rep     insb
        mov     di, 0x2ffd
        mov     cx, 4
        rep     insd
        std
        mov     di, 0x3003
        mov     cx, 6
        rep     insw
        cld
        /* With a 32-bit counter and address. */
        mov     edi, 0x3100
        mov     ecx, 3
        addr32 rep insd

/* OUTS. */
        mov     dx, COM1_SCRATCH
        mov     si, offset start
        outsb
        in      al, dx
        mov     dx, NOBODY
        outsw
        outsd
        std
        outsb
        outsw
        outsd
        cld
        mov     cx, 0
        rep     outsb
        mov     cx, 1
        rep     outsb
        mov     dx, COM1
        mov     si, offset text
        mov     cx, text_end - text
        rep     outsb
        mov     dx, NOBODY
        mov     cx, 9
        rep     outsw
        mov     cx, 9
        rep     outsd
        std
        mov     cx, 3
        rep     outsd
        cld
        /* From another segment. */
        mov     ax, 0x10
        mov     es, ax
        mov     si, offset text
        es outsb
        mov     cx, 2
        .byte   0xf3, 0x26, 0x6f        /* rep outsw es:[si] */
        end_guest

text:   .ascii  "ports\n"
text_end:
