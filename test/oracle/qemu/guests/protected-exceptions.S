/* Protected mode: exceptions through an IDT, with and without an error code; double fault. */
#include "protected.h"
        .code32
start:
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0, divide_error
        gate    6, invalid_opcode
        gate    7, not_available
        gate    8, double_fault
        gate    11, not_present
        gate    12, stack_fault
        gate    13, general_protection
        gate    14, page_fault

/* #DE */
        expect
        mov     eax, 1
        mov     edx, 1
        mov     ebx, 1
        div     ebx
1:      expect
        mov     eax, 0x80000000
        cdq
        mov     ebx, -1
        idiv    ebx
1:      expect
        mov     bl, 0
        stc
        div     bl
1:
/* #UD */
        expect
        ud2
1:      expect
        mov     cs, eax
1:      expect
        mov     eax, cr1
1:      expect
        .byte   0xf0, 0x01, 0xd8        /* lock add eax, ebx */
1:
/* #NM: an x87 instruction while CR0.TS is set. */
        mov     eax, cr0
        or      eax, 8
        mov     cr0, eax
        expect
        fninit
1:      clts

/* #NP and #SS: segments that are not present. */
        expect
        mov     eax, ABSENT
        mov     ds, eax
1:      expect
        mov     eax, ABSENT
        mov     ss, eax
1:      expect
        push    ABSENT
        pop     es
1:      pop     eax

/* #GP */
        expect
        mov     eax, 0x1000             /* beyond the GDT */
        mov     ds, eax
1:      expect
        mov     eax, 0
        mov     ss, eax                 /* null */
1:      expect
        mov     eax, CODE32
        mov     ss, eax                 /* not writable */
1:      expect
        mov     eax, DATA32
        lldt    ax                      /* no LDT */
1:      expect
        ljmp    DATA32, 0               /* no code */
1:      expect
        ljmp    0, 0
1:      expect
        lcall   ABSENT, 0
1:
/* Double fault: a gate that is not present, then its handler. */
        mov     dword ptr [IDT_BASE + 13 * 8 + 4], 0x0e00
        mov     dword ptr [IDT_BASE + 11 * 8 + 4], 0x0e00
        expect
        mov     eax, 0x1000
        mov     ds, eax
1:      end_guest

        exception_handlers
        tables
