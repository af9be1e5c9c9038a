/*
 * From real mode through protected mode, long mode and its compatibility mode, 32-bit and 16-bit,
 * and back the whole way, twice.
 */
#include "common.h"

CODE32          = 0x08
DATA32          = 0x10
CODE64          = 0x18
CODE16          = 0x20
DATA16          = 0x28
TOP             = 0x10000       /* PML4, pointers, directory */
DOWN            = 0x7000        /* stack */

        .code16
start:  cli
        mov     cx, 2
        mov     word ptr [rounds], cx
round:  mov     ax, 0
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, DOWN
        lgdt    [gdtr]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 0x1111              /* still 16-bit code, with real mode's segments */
        push    bx
        pop     ax
        mov     ax, DATA16
        mov     ds, ax
        mov     ax, 0x1234
        ljmp    CODE16, offset protected16
protected16:
        mov     ax, DATA16
        mov     es, ax
        mov     ss, ax
        mov     ecx, 0x11223344
        push    ecx
        pop     edx
        .byte   0x66, 0xea              /* jmp far CODE32:protected32 */
        .long   protected32
        .word   CODE32

        .code32
protected32:
        mov     eax, DATA32
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     esp, DOWN
        push    0x55667788
        pop     ebx
/* Identity map of the first 2 MiB, in memory that real mode reaches. */
        mov     edi, TOP
        mov     eax, 0
        mov     ecx, 0xc00
        cld
        rep stosd
        mov     dword ptr [TOP], TOP + 0x1003
        mov     dword ptr [TOP + 0x1000], TOP + 0x2003
        mov     dword ptr [TOP + 0x2000], 0x83
        mov     eax, cr4
        or      eax, 0x20
        mov     cr4, eax
        mov     eax, TOP
        mov     cr3, eax
        mov     ecx, 0xc0000080
        rdmsr
        or      eax, 0x100              /* LME */
        wrmsr
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax                /* LMA: compatibility mode */
        mov     ebx, 0x2222
        rdmsr
        call    in_compatibility
        ljmp    CODE64, offset long64

        .code64
long64: mov     rax, 0x1122334455667788
        mov     r8, rax
        mov     r15, -1
        push    rax
        pop     rbx
        mov     eax, 0
        mov     ds, eax
        mov     eax, DATA32
        mov     ss, eax
        call    in_long
/* To 32-bit compatibility mode and back into 64-bit code, by far returns and far jumps. */
        push    CODE32
        push    offset compatible
        rex.w retf
in_long:
        ret

        .code32
compatible:
        mov     eax, DATA32
        mov     ds, eax
        mov     eax, 0x99aabbcc
        push    eax
        pop     ecx
        inc     eax
        dec     ecx
        ljmp    CODE64, offset long_again

        .code64
long_again:
        mov     rcx, r8
        push    CODE16
        push    offset compatible16
        rex.w retf

        .code16
compatible16:
        mov     ax, DATA16
        mov     ds, ax
        mov     ss, ax
        push    ax
        pop     bx
        mov     ecx, 0x12345678
        push    ecx
        pop     edx
        .byte   0x66, 0xea              /* jmp far CODE32:leave_long */
        .long   leave_long
        .word   CODE32

        .code32
leave_long:
        mov     eax, DATA32
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     eax, cr0
        and     eax, 0x7fffffff
        mov     cr0, eax                /* LMA goes */
        mov     ecx, 0xc0000080
        rdmsr
        and     eax, 0xfffffeff
        wrmsr
        mov     eax, cr4
        and     eax, 0xffffffdf
        mov     cr4, eax
        mov     eax, 0
        mov     cr3, eax
        ljmp    CODE16, offset leave_protected

        .code16
leave_protected:
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, cr0
        and     al, 0xfe
        mov     cr0, eax
        mov     bx, 0x3333              /* real mode, with protected mode's code segment */
        ljmp    0, offset real_again
real_again:
        mov     ax, 0
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, DOWN
        push    0x4444
        pop     ax
        dec     word ptr [rounds]
        jnz     round
        end_guest

        .code32
in_compatibility:
        push    ebx
        pop     ebx
        ret

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* CODE32 */
        .quad   0x00cf93000000ffff      /* DATA32 */
        .quad   0x00af9b000000ffff      /* CODE64 */
        .quad   0x00009b000000ffff      /* CODE16 */
        .quad   0x000093000000ffff      /* DATA16 */
gdt_end:
gdtr:   .word   gdt_end - gdt - 1
        .long   gdt
rounds: .word   0
