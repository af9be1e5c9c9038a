/*
 * Protected mode: descriptor tables of the guest's own, and handlers that look at the frame which
 * was pushed and go on at the address in `resume`, without IRET.
 */
#include "common.h"

CODE32          = 0x08
DATA32          = 0x10
CODE16          = 0x18
DATA16          = 0x20
BASED           = 0x28          /* data with a base and a limit */
ABSENT          = 0x30          /* data, not present */
LDT             = 0x38
TSS             = 0x40
FRESH           = 0x48          /* data, Accessed bit clear */
USER_CODE       = 0x50
USER_DATA       = 0x58
IDT_BASE        = 0x180000

/* A gate for vector number; handlers lie between 1 MiB and 2 MiB. */
.macro gate number, handler, access=0x8e00
        mov     eax, offset \handler
        mov     word ptr [IDT_BASE + \number * 8], ax
        mov     word ptr [IDT_BASE + \number * 8 + 2], CODE32
        mov     word ptr [IDT_BASE + \number * 8 + 4], \access
        shr     eax, 16
        mov     word ptr [IDT_BASE + \number * 8 + 6], ax
        cmp     eax, eax                /* defines the flags that the shift did not */
.endm

/* What follows up to `1:` raises an exception. */
.macro expect
        mov     dword ptr [resume], offset 1f
.endm

/*
 * ecx says which handler it was; esi, edi, edx, ebp hold what was pushed. RF is cleared first: a
 * fault pushes it as 1 (SDM vol. 3, 17.3.1.1), which QEMU before 9.1 does not.
 */
.macro handler name, number
\name:  and     dword ptr [esp + 8], 0xfffeffff
        mov     ecx, \number
        pop     esi                     /* eip */
        pop     edi                     /* cs */
        pop     edx                     /* eflags */
        jmp     dword ptr [resume]
.endm

.macro handler_with_code name, number
\name:  and     dword ptr [esp + 12], 0xfffeffff
        mov     ecx, \number
        pop     ebp                     /* error code */
        pop     esi
        pop     edi
        pop     edx
        jmp     dword ptr [resume]
.endm

.macro tables
        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* CODE32 */
        .quad   0x00cf93000000ffff      /* DATA32 */
        .quad   0x000f9b000000ffff      /* CODE16, from 0 on, 1 MiB */
        .quad   0x0000930000000000 | 0xffff
        .quad   0x1140931234560fff      /* BASED: at 0x11123456, 4 KiB + 0x40000 */
        .quad   0x00cf13000000ffff      /* ABSENT */
ldt_descriptor:
        .quad   0x0000820000000000 | 31 /* LDT; its base is filled in */
tss_descriptor:
        .quad   0x0000890000000000 | 103
        .quad   0x00cf92000000ffff      /* FRESH */
        .quad   0x00cffb000000ffff      /* USER_CODE */
        .quad   0x00cff3000000ffff      /* USER_DATA */
gdt_end:
gdtr:   .word   gdt_end - gdt - 1
        .long   gdt
idtr:   .word   0x22 * 8 - 1
        .long   IDT_BASE
        .balign 8
ldt:    .quad   0x00cf92000000ffff      /* selector 0x04: data, Accessed bit clear */
        .quad   0x00cf9b000000ffff      /* 0x0c: code; QEMU forgets the Accessed bit of these */
        .quad   0x0040921000000fff      /* 0x14: data at 0x100000 */
        .quad   0
        .balign 16
tss:    .space  104
resume: .long   0
.endm
