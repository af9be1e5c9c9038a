/* Long mode with a user: pages for it, a stack for level 0, SYSCALL, and gates. */
#include "long.h"

TOP             = 0x190000
POINTERS        = 0x191000
DIRECTORY       = 0x192000

.macro set_up_user
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0x20, interrupt, 0xee00
        gate    6, invalid_opcode
        gate    13, general_protection
        entry   TOP, 0, POINTERS+7
        entry   POINTERS, 0, DIRECTORY+7
        entry   DIRECTORY, 0, 0x000087  /* for users too */
        entry   DIRECTORY, 1, 0x200087
        mov     eax, TOP
        mov     cr3, rax
        load_tss 0x3f0000
        syscall_to system_call, 0x600
.endm
