/*
 * Long mode with a 32-bit user: SYSRET and IRETQ to compatibility mode at privilege 3, INT n and
 * faults from there through the TSS's stack.
 */
#include "long-user.h"

        .code64
start:
        set_up_user
        mov     rcx, offset user32
        mov     r11d, 0x246
        mov     esp, 0x3e0000
        sysretd

        .code32
user32: mov     ebx, 0x11223344
        push    ebx
        pop     edx
        int     0x20
        mov     ecx, 3
again:  add     ebx, ecx
        loop    again
        mov     esi, 0x1a0000
        mov     edi, 0x1a0100
        mov     ecx, 9
        cld
        rep movsd
        pushfd
        pop     eax
        mov     dword ptr [resume], offset 1f
        cli
1:      mov     dword ptr [resume], offset 1f
        hlt
1:      mov     dword ptr [resume], offset 1f
        mov     eax, cr0
1:      int     0x20
        mov     dword ptr [resume], offset 1f
        mov     eax, DATA
        mov     ds, eax
1:      mov     dword ptr [resume], offset leave
        ud2
leave:  ud2

        .code64
system_call:
        ud2
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
        tables
