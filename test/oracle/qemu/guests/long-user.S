/*
 * Long mode with a user: SYSRET to 64-bit and to 32-bit code of privilege 3, SYSCALL back, IRETQ,
 * INT n and faults from there through the TSS's stack. KVM of the PVM kind steps no 64-bit user.
 */
#include "long.h"

TOP             = 0x190000
POINTERS        = 0x191000
DIRECTORY       = 0x192000

.macro entry table, index, value
        mov     dword ptr [\table + \index * 8], \value
.endm

        .code64
start:
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
        mov     eax, offset tss
        mov     word ptr [tss_descriptor + 2], ax
        shr     eax, 16
        mov     byte ptr [tss_descriptor + 4], al
        cmp     eax, eax
        mov     dword ptr [tss + 4], 0x3f0000   /* rsp0 */
        mov     word ptr [tss + 102], 104
        mov     eax, TSS
        ltr     ax
        mov     ecx, 0xc0000081         /* IA32_STAR */
        mov     eax, 0
        mov     edx, CODE64 | (USER_CODE32 | 3) << 16
        wrmsr
        mov     ecx, 0xc0000082         /* IA32_LSTAR */
        mov     eax, offset system_call
        mov     edx, 0
        wrmsr
        mov     ecx, 0xc0000084         /* IA32_FMASK */
        mov     eax, 0x600
        wrmsr
        mov     rcx, offset user64
        mov     r11d, 0x202
        rex.w sysret

user64: mov     rbx, 0x1122334455667788
        push    rbx
        pop     rdx
        mov     edi, 1
        syscall
        mov     edi, 2
        syscall
        int     0x20
        mov     qword ptr [resume], offset 1f
        cli
1:      mov     qword ptr [resume], offset leave
        ud2
leave:  ud2

system_call:
        inc     dword ptr [count]
        rex.w sysret
interrupt:
        mov     rdx, [rsp + 24]
        iretq
general_protection:
        pop     r13
invalid_opcode:
        and     dword ptr [rsp + 16], 0xfffeffff
        cmp     qword ptr [rsp], offset leave
        je      1f
        push    qword ptr [resume]
        pop     qword ptr [rsp]
        iretq
1:      end_guest
count:  .long   0
        tables
