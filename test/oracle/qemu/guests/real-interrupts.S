/* Real mode: software interrupts through the vector table, IRET, PUSHF, POPF, STI and MOV SS. */
#include "real.h"

start:
        mask_interrupts
        vector  3, count_up
        vector  4, count_up
        vector  0x20, count_up
        vector  0x21, nested
        vector  0x22, far_handler-0x100
        mov     word ptr [0x22 * 4 + 2], 0x10

/* Flags as the guest sees them. */
        pushf
        pop     ax
        pushfd
        pop     eax
        push    0x0ad5
        popf
        pushf
        pop     bx
        push    0x7002                  /* NT, IOPL 3 */
        popf
        pushf
        pop     bx
        pushd   0x00240046              /* ID, AC */
        popfd
        pushfd
        pop     ebx
        pushw   2
        popf                            /* the upper half of EFLAGS stays */
        pushd   2
        popfd

/* STI, CLI, and the instructions that hold interrupts back for one instruction. */
        sti
        nop
        pushf
        pop     ax
        cli
        sti
        cli
        mov     ax, 0
        mov     ss, ax
        mov     bx, 1
        push    ss
        pop     ss
        mov     bx, 2
        mov     ss, ax
        mov     ss, ax
        sti
        mov     ss, ax
        mov     bx, 3
        lss     sp, [stack]
        mov     bx, 4

/* Software interrupts, with interrupts on and off. */
        int     0x20
        sti
        int     0x20
        int3
        .byte   0xcd, 3                 /* int 3 in two bytes */
        mov     al, 0x7f
        add     al, 1
        into                            /* OF is set */
        add     al, 1
        into                            /* and is not */
        int     0x21
        int     0x22
        cli
        int     0x22

/* IRET to a place and flags of the guest's own. */
        push    0x0ed7
        push    0
        push    offset returned
        iret
        ud2
returned:
        pushf
        pop     ax
        cld
        cli
        pushd   0x246
        pushd   0
        pushd   offset returned32
        iretd
        ud2
returned32:
        cli
        mov     sp, 0x7c00

/* The vector table somewhere else. */
        mov     si, 0
        mov     di, 0x2000
        mov     cx, 0x200
        cld
        rep     movsw
        mov     word ptr [0x2000 + 0x20 * 4], offset other
        lidt    [table]
        sidt    [0x3000]
        sgdt    [0x3008]
        int     0x20
        end_guest

nested:
        int     0x20
        sti
        int     0x20
count_up:
        inc     word ptr [count]
        iret

far_handler:
        push    cs
        pop     ax
        iret

other:
        mov     dx, 0x1234
        iret

stack:  .word   0x7c00, 0
count:  .word   0
table:  .word   0x3ff
        .long   0x2000
