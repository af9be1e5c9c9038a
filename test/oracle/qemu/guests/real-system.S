/* Real mode: segments, far transfers, string instructions, code that changes itself, inputs. */
#include "common.h"
        .code16
start:
/* Segment registers, moved, pushed, popped and loaded with a pointer. */
        mov     ax, 0x1234
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     bx, ds
        mov     ecx, es
        mov     word ptr [0x10], fs
        push    gs
        pop     es
        push    cs
        pop     ds
        lds     si, [pointer]
        les     di, cs:[pointer]
        lfs     bx, cs:[pointer]
        lgs     ecx, cs:[pointer]
        mov     ax, 0
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax

/* Far jumps, calls and returns: the same code, seen through other segments. */
        ljmp    0x7c0, offset here - 0x7c00
here:   lcall   0x0, offset function
        .byte   0xff, 0x1e              /* call far [function_pointer] */
        .word   function_pointer
        push    word ptr 7
        lcall   0x100, offset function_popping - 0x1000
        .byte   0xff, 0x2e              /* jmp far [back_pointer] */
        .word   back_pointer
back:   .byte   0x66, 0xea              /* ljmp with a 32-bit offset */
        .long   back32
        .word   0
back32: push    cs
        push    offset returned
        retf
        ud2
returned:

/* Descriptor tables and CR0, as far as real mode has them. */
        sgdt    [0x1000]
        sidt    [0x1008]
        lgdt    [table]
        sgdt    [0x1000]
        smsw    ax
        mov     ebx, cr0
        or      ebx, 2
        mov     cr0, ebx
        smsw    [0x1010]
        mov     ax, 0
        lmsw    ax
        mov     ebx, cr2
        mov     ebx, cr3
        mov     ebx, cr4
        clts
        wbinvd

/* String instructions that repeat: not at all, shortly, and for pages. */
        cld
        mov     ax, 0xa55a
        mov     di, 0x1100
        mov     cx, 0
        rep     stosw
        mov     cx, 3000
        rep     stosb
        mov     si, 0x1100
        mov     di, 0x1101
        mov     cx, 2048
        rep     movsb
        mov     si, 0x1100
        mov     di, 0x3000
        mov     ecx, 700
        rep     movsd
        mov     cx, 1024
        rep     lodsb
        mov     si, 0x1100
        mov     di, 0x3000
        mov     cx, 2000
        repe    cmpsb
        mov     al, 0x77
        mov     di, 0x1100
        mov     cx, 1500
        repne   scasb
        std
        mov     si, 0x1fff
        mov     di, 0x2100
        mov     cx, 40
        rep     movsb
        cld

/* Code that changes itself: the next instruction, and one that has run before. */
        mov     byte ptr [changed + 1], 5
changed:
        mov     al, 1
        mov     cx, 3
again:  add     bl, 1
        inc     byte ptr [again + 2]
        loop    again
        mov     word ptr [later], 0x9090
later:  ud2
        mov     si, offset replacement
        mov     di, offset replaced
        mov     cx, 3
        rep     movsb
replaced:
        ud2
        nop

/* Results that come from the machine. */
        mov     eax, 0
        mov     ecx, 0
        cpuid
        mov     eax, 1
        cpuid
        rdtsc
        mov     eax, 0
        mov     ebx, 0
        mov     ecx, 0
        mov     edx, 0
        cmp     eax, ebx

/* A frame, 32-bit addresses, and the rest of what is easily forgotten. */
        enter   0x10, 0
        leave
        pusha
        popa
        pushad
        popad
        mov     ebx, 0x1100
        mov     ecx, 3
        mov     eax, [ebx + ecx * 4 + 5]
        mov     ax, [bx + 7]
        xlatb
        bswap   eax
        jcxz    never
        jecxz   never
never:  end_guest

function:
        push    cs
        pop     ax
        retf
function_popping:
        retf    2

pointer:
        .word   0x4321, 0x0234, 0x0bcd
function_pointer:
        .word   offset function, 0
back_pointer:
        .word   offset back, 0
table:  .word   0x17
        .long   0x1000
replacement:
        mov     ax, 0x1357
