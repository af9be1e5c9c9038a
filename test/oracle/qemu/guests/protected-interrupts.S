/* Protected mode: INT n, INT3, INT1, INTO, IRETD, through interrupt and trap gates; #GP from INT n. */
#include "protected.h"

.macro gates
        gate    0x20, count_up
        gate    0x21, nested, 0x8f00    /* a trap gate: IF stays */
        gate    3, count_up
        gate    4, count_up
        gate    1, count_up
        gate    6, skip_two
        gate    11, absent
        gate    13, general_protection
.endm

        .code32
start:
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        gates
        software_interrupts
        .byte   0xcd, 3                 /* int 3 in two bytes */
        mov     al, 0x7f
        add     al, 1
        into
        mov     al, 1
        add     al, 1
        into
        std
        stc
        int     0x20
        cld

/* Faults, and IRETD back. */
        ud2
        nop
        ud2

/* IRETD elsewhere, with flags of the guest's own. */
        push    0x0ed7 & ~0x300
        push    CODE32
        push    offset returned
        iretd
        ud2
returned:
        pushfd
        pop     eax
        cld
        push    0x00200202
        push    CODE32
        push    offset with_interrupts
        iretd
        ud2
with_interrupts:
        cli
        pushfd
        pop     eax

/* INT n through what is no gate, and beyond the table. */
        expect
        int     0x1f
1:      expect
        int     0x40
1:      gate    0x1e, count_up, 0x0e00
        expect
        int     0x1e                    /* not present */
1:      end_guest

skip_two:
        add     dword ptr [esp], 2
        and     dword ptr [esp + 8], 0xfffeffff
        iretd
nested:
        int     0x20
        pushfd
        pop     ebx
        sti
        int     0x20
count_up:
        inc     dword ptr [count]
        mov     edx, [esp + 8]
        iretd

        handler_with_code absent, 11
        handler_with_code general_protection, 13
count:  .long   0
        tables
