/*
 * Long mode with a user: SYSRET to 64-bit and to 32-bit code of privilege 3, SYSCALL back, IRETQ,
 * INT n and faults from there through the TSS's stack. KVM of the PVM kind steps no 64-bit user.
 */
#include "long-user.h"

        .code64
start:
        set_up_user
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
