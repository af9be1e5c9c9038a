/*
 * Real mode: device interrupts at exact places. COM1's "transmitter empty" interrupt is pending as
 * soon as it is enabled, so that it comes at the first instruction boundary that lets it: behind the
 * instruction that follows STI, directly behind POPF, IRET and an OUT, into HLT.
 */
#include "real.h"
#include "irq.h"

VECTOR          = 0x0c          /* IRQ 4 */

start:  cli
        vector  VECTOR, transmitter
        vector  0x20, software
        mov     al, 0x11
        out     0x20, al
        mov     al, 8
        out     0x21, al
        mov     al, 4
        out     0x21, al
        mov     al, 1
        out     0x21, al
        mov     al, 0xef                /* only IRQ 4 */
        out     0x21, al
        mov     al, 0xff
        out     PIC2_MASK, al
        mov     dx, COM1_MODEM
        mov     al, 8                   /* OUT2 lets interrupts through */
        out     dx, al

/* STI holds it back for one instruction. */
        raise
        sti
        mov     bx, 1
        mov     bx, 2
        cli
        raise
        sti
        cli                             /* in the shadow of STI: it does not come */
        mov     bx, 3
        sti
        sti
        mov     bx, 4
        cli
/*
 * STI and MOV SS in a row are not here: only the first of such instructions is sure to hold an
 * interrupt back (SDM vol. 2, MOV); in QEMU the first does, in KVM each of the two kinds.
 */
/* POPF and IRET let it in at once. */
        raise
        push    0x202
        popf
        mov     bx, 8
        cli
        raise
        push    0x202
        push    0
        push    offset returned
        iret
returned:
        mov     bx, 9
        cli
/*
 * IF is set already: behind the OUT that raises it. Not a REP OUTS: a REP is one step, and the
 * recorder's interrupts come between steps; QEMU's come between iterations.
 */
        sti
        mov     dx, COM1_ENABLE
        mov     al, 2
        out     dx, al
        mov     bx, 10
/* INT clears IF; the interrupt comes behind its IRET. */
        cli
        raise
        mov     bx, 12
        int     0x20
        sti
        nop
        int     0x20
        nop
        cli
/* HLT with an interrupt that is pending already. */
        raise
        sti
        hlt
        mov     bx, 13
        cli
        end_guest

transmitter:
        push    ax
        push    dx
        mov     dx, COM1_IDENTITY
        in      al, dx                  /* acknowledges it */
        mov     dx, COM1_ENABLE
        mov     al, 0
        out     dx, al
        mov     al, 0x20
        out     0x20, al
        inc     word ptr [count]
        mov     bp, sp
        mov     di, [bp + 4]            /* where it came */
        pop     dx
        pop     ax
        iret
software:
        mov     bp, bx
        iret
count:  .word   0
