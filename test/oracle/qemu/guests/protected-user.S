/*
 * Protected mode with a user: IRETD to privilege 3, INT n and faults back through the TSS's stack,
 * what a user may not do.
 */
#include "protected.h"
        .code32
start:
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0x20, system_call, 0xee00
        gate    6, invalid_opcode
        gate    13, general_protection
        load_tss 0x3f0000, DATA32
        mov     eax, USER_DATA | 3
        mov     ds, eax
        mov     es, eax
        push    USER_DATA | 3
        push    0x3e0000
        push    0x246
        push    USER_CODE | 3
        push    offset user
        iretd
        ud2
user:   mov     eax, 1
        push    eax
        pop     ebx
        int     0x20
        mov     ecx, 5
again:  add     ebx, ecx
        loop    again
        pushfd
        pop     eax
        push    0x3246
        popfd                           /* IOPL and IF stay */
        pushfd
        pop     eax
        mov     dword ptr [resume], offset 1f
        hlt
1:      mov     dword ptr [resume], offset 1f
        cli
1:      mov     dword ptr [resume], offset 1f
        mov     eax, cr0
1:      mov     dword ptr [resume], offset 1f
        ud2
1:      mov     dword ptr [resume], offset 1f
        mov     eax, DATA32
        mov     ds, eax
1:      cld
        mov     esi, 0x190000
        mov     edi, 0x190100
        mov     ecx, 9
        rep movsd
        mov     eax, 0x1234
        mov     dword ptr [resume], offset leave
        ud2

system_call:
        inc     dword ptr [count]
        mov     edx, [esp + 12]         /* the user's stack */
        iretd

leave:  ud2

invalid_opcode:
        and     dword ptr [esp + 8], 0xfffeffff
        cmp     dword ptr [resume], offset leave
        je      1f
        push    [resume]
        pop     [esp]
        iretd
1:      end_guest
general_protection:
        pop     ebp
        and     dword ptr [esp + 8], 0xfffeffff
        push    [resume]
        pop     [esp]
        iretd
count:  .long   0
        tables
