/*
 * What a PC runs first: from the reset vector to the state in which kvmtrace starts a guest. Linked
 * into the last 4 KiB below 4 GiB, behind the boot tables that the trace has there.
 *
 * Defined from outside: BITS, ENTRY, STACK, and for protected and long mode CR0, CR3, CR4, EFER,
 * GDT_BASE, GDT_LIMIT and the descriptors CODE and TSS (the latter available, so that LTR takes it).
 */
        .intel_syntax noprefix
        .text

/* Zero in all general registers but the stack pointer; flags as after reset: only bit 1. */
.macro clear_registers
        mov     al, 1
        test    al, al                  /* clears all flags: 1 is neither zero, negative nor even */
        mov     eax, 0
        mov     ebx, 0
        mov     ecx, 0
        mov     edx, 0
        mov     esi, 0
        mov     edi, 0
        mov     ebp, 0
        mov     esp, STACK
.endm

.macro load_segments selector
        mov     eax, \selector
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
.endm

        .code16
start:
#if BITS == 16
        mov     eax, 0x10
        mov     cr0, eax
        lidt    cs:[real_idt - 0xffff0000]
        load_segments 0
        clear_registers
        ljmp    0, ENTRY
real_idt:
        .word   0x3ff
        .long   0
#else
        lgdtd   cs:[temporary_gdtr - 0xffff0000]
        lidtd   cs:[no_idt - 0xffff0000]
        mov     eax, 0x11
        mov     cr0, eax
        ljmpd   0x18, offset start32

        .code32
start32:
        mov     eax, CR4
        mov     cr4, eax
#if BITS == 64
        mov     eax, CR3
        mov     cr3, eax
        mov     ecx, 0xc0000080
        mov     eax, EFER
        mov     edx, 0
        wrmsr
#endif
        mov     eax, CR0
        mov     cr0, eax
        load_segments 0x10
        mov     eax, 0x38
        ltr     ax
        lgdt    [guest_gdtr]
#if BITS == 64
        ljmp    0x08, offset start64
        .code64
start64:
        clear_registers
        jmp     qword ptr [rip + entry]
entry:  .quad   ENTRY
#else
        clear_registers
        ljmp    0x08, ENTRY
#endif
        .balign 8
temporary_gdt:
        .quad   0, CODE, 0x00cf93000000ffff, 0x00cf9b000000ffff, 0, 0, 0, TSS, 0
temporary_gdtr:
        .word   . - temporary_gdt - 1
        .long   temporary_gdt
no_idt: .word   0
        .long   0
guest_gdtr:
        .word   GDT_LIMIT
        .quad   GDT_BASE
#endif

        .org    0xff0
        .code16
        jmp     start
        .org    0x1000
