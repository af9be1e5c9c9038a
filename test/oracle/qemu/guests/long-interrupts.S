/* Long mode: INT n, INT3, IRETQ, through interrupt and trap gates. */
#include "long.h"
        .code64
start:
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0x20, count_up
        gate    0x21, nested, 0x8f00    /* a trap gate: IF stays */
        gate    3, count_up
        software_interrupts
        .byte   0xcd, 3
        sub     rsp, 5                  /* the frame is aligned */
        int     0x20
        add     rsp, 5
        std
        stc
        int     0x20
        cld
/* INT n without a gate is not here: for the error code QEMU takes 16 times the vector, not 8 times. */
        end_guest

nested:
        int     0x20
        pushfq
        pop     rbx
        sti
        int     0x20
count_up:
        inc     dword ptr [count]
        mov     rdx, [rsp + 16]
        iretq

count:  .long   0
        tables
