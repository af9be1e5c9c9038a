/* Long mode: exceptions through an IDT, with and without an error code, on an IST; double fault. */
#include "long.h"
        .code64
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
        mov     rax, 1
        mov     rdx, 1
        mov     rbx, 1
        div     rbx
1:      expect
        mov     rax, 0x8000000000000000
        cqo
        mov     rbx, -1
        stc
        idiv    rbx
1:      expect
        mov     bl, 0
        std
        div     bl
1:      cld
/* #UD; also with a stack that is not aligned: the frame is. */
        expect
        ud2
1:      sub     rsp, 13
        expect
        ud2
1:      add     rsp, 13
        expect
        mov     cs, eax
1:      expect
        .byte   0x06                    /* push es: none in 64-bit code */
1:      expect
        .byte   0xf0, 0x48, 0x01, 0xd8  /* lock add rax, rbx */
1:      expect
        mov     rax, cr1
1:
/* #NM */
        mov     rax, cr0
        or      rax, 8
        mov     cr0, rax
        expect
        fninit
1:      clts

/* #NP, #SS, #GP of segment registers and far transfers. */
        expect
        mov     eax, ABSENT
        mov     ds, eax
1:      expect
        mov     eax, ABSENT
        mov     ss, eax
1:      expect
        mov     eax, 0x1000
        mov     es, eax
1:      expect
        mov     eax, CODE64
        mov     ss, eax
1:      expect
        mov     eax, DATA
        lldt    ax
1:      expect
        jmp     fword ptr [to_data]
1:      expect
        call    fword ptr [to_absent]
1:
/* #GP: addresses that are not canonical, and a return to one. */
        mov     rbx, 0x8000000000000000
        expect
        mov     rax, [rbx]
1:      expect
        mov     [rbx], rax
1:      expect
        inc     qword ptr [rbx]
1:
/* #PF: beyond what the tables map, and what they map as nothing. */
        mov     rbx, 0x123456789000
        expect
        mov     rax, [rbx]
1:      mov     rax, cr2
        expect
        mov     [rbx + 8], rax
1:      mov     rax, cr2
        expect
        jmp     rbx
1:      expect
        call    rbx                     /* the push is not undone: the jump has been */
1:      mov     rsp, 0x3ff000
        expect
        push    qword ptr [rbx]
1:      expect
        pop     qword ptr [rbx]         /* rsp stays */
1:      expect
        mov     rsi, rbx
        movsq
1:
/* On a stack of its own, by the gate's IST; the TSS is loaded for that. */
        place_tss
        mov     eax, TSS
        ltr     ax
        mov     qword ptr [tss + 36], 0x1f0000
        gate    6, invalid_opcode, 0x8e01
        expect
        ud2
1:
/* A trap gate leaves IF. */
        gate    6, invalid_opcode, 0x8f00
        mask_interrupts
        sti
        expect
        ud2
1:      cli
/* Double fault: gates that are not present. */
        mov     word ptr [IDT_BASE + 13 * 16 + 4], 0x0e00
        mov     word ptr [IDT_BASE + 11 * 16 + 4], 0x0e00
        expect
        mov     eax, 0x1000
        mov     ds, eax
1:      end_guest

        exception_handlers
        .balign 8
to_data:
        .long   0
        .word   DATA
to_absent:
        .long   0
        .word   ABSENT
        tables
