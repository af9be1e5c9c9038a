/*
 * Real mode: HLT, ended by the timer: a single shot of the PIT through the PIC, whose delay is long
 * against the few instructions up to HLT, so that it comes there on any machine.
 */
#include "common.h"
        .code16
start:  cli
        mov     word ptr [8 * 4], offset timer
        mov     word ptr [8 * 4 + 2], 0
/* The PICs as a BIOS has them: vectors 8 and 0x70, only the timer unmasked. */
        mov     al, 0x11
        out     0x20, al
        out     0xa0, al
        mov     al, 8
        out     0x21, al
        mov     al, 0x70
        out     0xa1, al
        mov     al, 4
        out     0x21, al
        mov     al, 2
        out     0xa1, al
        mov     al, 1
        out     0x21, al
        out     0xa1, al
        mov     al, 0xff
        out     0xa1, al
        out     0x21, al
        mov     cx, 3
again:  mov     al, 0xff
        out     0x21, al
        mov     al, 0x30                /* channel 0, low and high byte, mode 0: one shot */
        out     0x43, al
        mov     al, 0xff
        out     0x40, al
        out     0x40, al
        mov     al, 0xfe
        out     0x21, al
        sti
        hlt
        cli
        loop    again
        end_guest

timer:  push    ax
        inc     word ptr [count]
        mov     al, 0x20
        out     0x20, al
        pop     ax
        iret
count:  .word   0
