/*
 * What random guests of long mode stand on: handlers that go on at `resume` in the ring that they came
 * from, pages that a user may use, a TSS, SYSCALL, and AVX where it is asked for.
 */
#include "../../qemu/guests/long.h"

TOP             = 0x190000
POINTERS        = 0x191000
LOW_DIRECTORY   = 0x192000
HIGH_DIRECTORY  = 0x193000
USER_STACK      = 0x3e0000
KERNEL_STACK    = 0x3f0000
NOT_MAPPED      = 0x40000000
NOT_CANONICAL   = 0x8000000000000000

.macro prologue
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0, divide_error
        gate    6, invalid_opcode
        gate    11, not_present
        gate    13, general_protection
        gate    14, page_fault
        gate    0x20, leave_user, 0xee00
        /* Accessed and Dirty are set already. */
        entry   TOP, 0, POINTERS+0x67
        entry   POINTERS, 0, LOW_DIRECTORY+0x67
        entry   POINTERS, 3, HIGH_DIRECTORY+0x67
        entry   LOW_DIRECTORY, 0, 0x0000e7
        entry   LOW_DIRECTORY, 1, 0x2000e7
        entry   HIGH_DIRECTORY, 511, 0xffe000e7
        mov     eax, TOP
        mov     cr3, rax
        load_tss KERNEL_STACK
        syscall_to leave_user, 0x700    /* clears TF, IF, DF */
.endm

.macro enable_avx
        mov     rax, cr4
        or      eax, 0x40000            /* OSXSAVE */
        mov     cr4, rax
        mov     ecx, 0
        mov     edx, 0
        mov     eax, 7                  /* x87, SSE, AVX */
        xsetbv
        cmp     eax, eax
.endm

/* To `target` at level 3 by IRETQ; `back` is where leave_user goes. */
.macro enter_user target, back
        mov     qword ptr [kernel_rsp], rsp
        mov     qword ptr [after_user], offset \back
        push    USER_DATA | 3
        push    USER_STACK
        push    2
        push    USER_CODE64 | 3
        push    offset \target
        iretq
.endm

/* The same by SYSRET, with the flags that r11 has: none. */
.macro return_to_user target, back
        mov     qword ptr [kernel_rsp], rsp
        mov     qword ptr [after_user], offset \back
        mov     rcx, offset \target
        mov     r11d, 2
        rex.w sysret
.endm

/* QEMU 7.2 loses arithmetic flags in SYSCALL: there are none then. */
.macro call_system
        push    2
        popfq
        syscall
.endm

/* 64-bit code to 32-bit code, and back. */
.macro to_compatibility target
        push    CODE32
        push    offset \target
        rex.w retf
.endm

.macro use_data
        mov     eax, DATA
        mov     ds, eax
        mov     es, eax
.endm

.macro handlers
        handler divide_error, 0x100
        handler invalid_opcode, 0x106
        handler_with_code not_present, 0x10b
        handler_with_code general_protection, 0x10d
        handler_with_code page_fault, 0x10e
leave_user:
        mov     rsp, [kernel_rsp]
        push    rax
        mov     eax, DATA
        mov     ss, eax
        pop     rax
        jmp     qword ptr [after_user]
        tables
kernel_rsp:
        .quad   0
after_user:
        .quad   0
.endm
