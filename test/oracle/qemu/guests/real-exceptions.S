/*
 * Real mode: faults through the vector table. Each vector has a handler of its own, which looks at
 * the frame that was pushed and returns behind the instruction, which is two bytes long.
 */
#include "real.h"

.macro handler name, number
\name:
        look_at_frame \number
        add     word ptr [bp + 2], 2
        pop     bp
        iret
.endm

start:
        vector  0, divide_error
        vector  5, bound_exceeded
        vector  6, invalid_opcode

        mov     ax, 100
        mov     bl, 0
        div     bl                      /* #DE */
        mov     ax, 0x7fff
        mov     bl, 1
        div     bl                      /* #DE: the quotient is too large */
        mov     ax, 0x8000
        mov     dx, 0
        mov     bx, 0
        idiv    bx
        ud2                             /* #UD */
        .byte   0x8e, 0xc8              /* #UD: mov cs, ax */
        ud2
        /* With flags that the frame has to show. */
        mask_interrupts
        push    0x7ed7                  /* all of them, IF, DF, IOPL and NT too, but TF */
        popf
        ud2
        pushf
        pop     ax
        push    2
        popf
        nop

/* A store that the frame of the next fault overlaps, from both sides. */
        mov     bp, sp
        mov     dword ptr [bp - 5], 0x11223344
        ud2
        mov     dword ptr [bp - 8], 0x55667788
        ud2
        mov     word ptr [bp - 7], 0x99aa
        ud2
        mov     byte ptr [bp - 1], 0xbb
        ud2

        end_guest

        handler divide_error, 0x100
        handler bound_exceeded, 0x105
        handler invalid_opcode, 0x106
