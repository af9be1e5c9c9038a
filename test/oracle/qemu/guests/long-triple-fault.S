/* Long mode: a page fault whose gate is absent, and so are those of what follows from that. */
#include "long.h"
        .code64
start:  lgdt    [gdtr]
        lidt    [idtr]
        gate    6, invalid_opcode
        expect
        ud2
1:      mov     rbx, 0x123456789000
        mov     rax, [rbx]
        nop

        handler invalid_opcode, 6
        tables
