/*
 * What random guests of protected mode stand on: handlers that go on at `resume` in the ring that they
 * came from, and a TSS.
 */
#include "../../qemu/guests/protected.h"

USER_STACK      = 0x3e0000
KERNEL_STACK    = 0x3f0000

/* As in long mode. ecx says which handler it was; esi, edi, edx, ebp hold what was pushed. */
.macro returning_handler name, number, code=0
\name:
        .if \code
        pop     ebp
        .endif
        and     dword ptr [esp + 8], 0xfffeffff
        mov     ecx, \number
        mov     esi, [esp]
        mov     edi, [esp + 4]
        mov     edx, [esp + 8]
        push    dword ptr [resume]
        pop     dword ptr [esp]
        iretd
.endm

.macro prologue
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0, divide_error
        gate    6, invalid_opcode
        gate    11, not_present
        gate    13, general_protection
        gate    0x20, leave_user, 0xee00
        load_tss KERNEL_STACK, DATA32
        mov     eax, USER_DATA | 3
        mov     ds, eax
        mov     es, eax
.endm

.macro enter_user target, back
        mov     dword ptr [kernel_esp], esp
        mov     dword ptr [after_user], offset \back
        push    USER_DATA | 3
        push    USER_STACK
        push    2
        push    USER_CODE | 3
        push    offset \target
        iretd
.endm

.macro handlers
        returning_handler divide_error, 0x100
        returning_handler invalid_opcode, 0x106
        returning_handler not_present, 0x10b, 1
        returning_handler general_protection, 0x10d, 1
leave_user:
        mov     esp, [kernel_esp]
        jmp     dword ptr [after_user]
        tables
kernel_esp:
        .long   0
after_user:
        .long   0
.endm
