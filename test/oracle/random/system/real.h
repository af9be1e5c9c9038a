/* What random guests of real mode stand on: handlers that go on at `resume`, and a way to protected mode. */
#include "../../qemu/guests/real.h"

CODE32          = 0x08
DATA32          = 0x10
CODE16          = 0x18
DATA16          = 0x20

/* What follows up to `1:` raises an exception. */
.macro expect
        mov     word ptr [resume], offset 1f
.endm

.macro handler name, number
\name:
        look_at_frame \number
        push    word ptr [resume]
        pop     word ptr [bp + 2]
        pop     bp
        iret
.endm

.macro prologue
        cli
        mask_interrupts
        vector  0, divide_error
        vector  6, invalid_opcode
        lgdt    [gdtr]
        mov     eax, cr0
        mov     dword ptr [real_cr0], eax
        or      al, 1
        mov     dword ptr [protected_cr0], eax
        cmp     eax, eax
.endm

/* To 32-bit code of protected mode. */
.macro to_protected target
        mov     eax, [protected_cr0]
        mov     cr0, eax
        .byte   0x66, 0xea              /* jmp far CODE32:target */
        .long   \target
        .word   CODE32
.endm

.macro use_data32
        mov     eax, DATA32
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
.endm

/* Behind `ljmp CODE16`, to real mode. */
.macro to_real target
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     eax, [real_cr0]
        mov     cr0, eax
        ljmp    0, offset \target
.endm

.macro use_data16
        mov     ax, 0
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
.endm

.macro handlers
        .code16
        handler divide_error, 0x100
        handler invalid_opcode, 0x106
        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* CODE32 */
        .quad   0x00cf93000000ffff      /* DATA32 */
        .quad   0x00009b000000ffff      /* CODE16 */
        .quad   0x000093000000ffff      /* DATA16 */
gdt_end:
gdtr:   .word   gdt_end - gdt - 1
        .long   gdt
resume: .word   0
real_cr0:
        .long   0
protected_cr0:
        .long   0
.endm
