/*
 * Long mode: an IDT and a GDT of the guest's own, and handlers that look at the frame which was
 * pushed and go on at the address in `resume`, with IRETQ.
 */
#include "common.h"

CODE64          = 0x08
DATA            = 0x10
CODE32          = 0x18
TSS             = 0x20          /* two entries */
ABSENT          = 0x30          /* data, not present */
CODE16          = 0x38
USER_CODE32     = 0x40          /* SYSRET's order: 32-bit code, data, 64-bit code */
USER_DATA       = 0x48
USER_CODE64     = 0x50
IDT_BASE        = 0x180000

/* A gate for vector number; handlers lie between 1 MiB and 2 MiB. */
.macro gate number, handler, access=0x8e00
        mov     eax, offset \handler
        mov     word ptr [IDT_BASE + \number * 16], ax
        mov     word ptr [IDT_BASE + \number * 16 + 2], CODE64
        mov     word ptr [IDT_BASE + \number * 16 + 4], \access
        shr     eax, 16
        mov     word ptr [IDT_BASE + \number * 16 + 6], ax
        cmp     eax, eax                /* defines the flags that the shift did not */
.endm

/* What follows up to `1:` raises an exception. */
.macro expect
        mov     qword ptr [resume], offset 1f
.endm

/*
 * r8 says which handler it was; r9 to r12 hold what was pushed. RF is cleared first: a fault pushes
 * it as 1 (SDM vol. 3, 17.3.1.1), which QEMU before 9.1 does not.
 */
.macro handler name, number
\name:  and     dword ptr [rsp + 16], 0xfffeffff
        mov     r8d, \number
        mov     r9, [rsp]               /* rip */
        mov     r10, [rsp + 8]          /* cs */
        mov     r11, [rsp + 16]         /* rflags */
        mov     r12, [rsp + 24]         /* rsp */
        push    qword ptr [resume]
        pop     qword ptr [rsp]
        iretq
.endm

.macro handler_with_code name, number
\name:  pop     r13                     /* error code */
        and     dword ptr [rsp + 16], 0xfffeffff
        mov     r8d, \number
        mov     r9, [rsp]
        mov     r10, [rsp + 8]
        mov     r11, [rsp + 16]
        mov     r12, [rsp + 24]
        push    qword ptr [resume]
        pop     qword ptr [rsp]
        iretq
.endm

/* An entry of a page table; its upper half is as it is. */
.macro entry table, index, value
        mov     dword ptr [\table + \index * 8], \value
.endm

/* Where SYSCALL goes, and which flags it clears. */
.macro syscall_to handler, mask
        mov     ecx, 0xc0000081         /* IA32_STAR */
        mov     eax, 0
        mov     edx, CODE64 | (USER_CODE32 | 3) << 16
        wrmsr
        mov     ecx, 0xc0000082         /* IA32_LSTAR */
        mov     eax, offset \handler
        mov     edx, 0
        wrmsr
        mov     ecx, 0xc0000084         /* IA32_FMASK */
        mov     eax, \mask
        wrmsr
.endm

.macro tables
        .balign 8
gdt:    .quad   0
        .quad   0x00af9b000000ffff      /* CODE64 */
        .quad   0x00cf93000000ffff      /* DATA */
        .quad   0x00cf9b000000ffff      /* CODE32 */
tss_descriptor:
        .quad   0x0000890000000000 | 103, 0
        .quad   0x00cf13000000ffff      /* ABSENT */
        .quad   0x00009b000000ffff      /* CODE16 */
        .quad   0x00cffb000000ffff      /* USER_CODE32 */
        .quad   0x00cff3000000ffff      /* USER_DATA */
        .quad   0x00affb000000ffff      /* USER_CODE64 */
gdt_end:
gdtr:   .word   gdt_end - gdt - 1
        .quad   gdt
idtr:   .word   0x30 * 16 - 1
        .quad   IDT_BASE
        .balign 16
tss:    .space  104
        .balign 8
resume: .quad   0
.endm
