/*
 * Protected mode: segment registers, descriptor tables, far transfers between 32-bit and 16-bit
 * code, flags, and the instructions that hold interrupts back.
 */
#include "protected.h"
        .code32
start:
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        sgdt    [0x190000]
        sidt    [0x190008]

/* Segment registers; the first load of a descriptor sets its Accessed bit. */
        mov     eax, FRESH
        mov     ds, eax
        mov     eax, BASED
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     eax, 0
        mov     ds, eax
        mov     eax, DATA32
        mov     ds, eax
        mov     es, eax
        mov     ecx, fs
        mov     word ptr [0x190010], fs
        push    fs
        pop     gs
        push    ss
        pop     es
        lds     esi, [pointer]
        les     edi, [pointer]
        lfs     ebx, [pointer]
        lgs     ecx, [pointer]
        mov     dword ptr fs:[0], eax
        mov     eax, fs:[4]

/* A segment with a base: where its bytes are, and string instructions through it. */
        mov     eax, 0x28
        mov     word ptr [gdt + BASED + 2], 0
        mov     byte ptr [gdt + BASED + 4], 0x19
        mov     byte ptr [gdt + BASED + 7], 0
        mov     fs, eax
        mov     dword ptr fs:[0x20], 0x11223344
        mov     eax, [0x190020]
        add     dword ptr fs:[0x20], 5
        mov     esi, 0x20
        mov     edi, 0x190040
        mov     ecx, 4
        cld
        rep movsb byte ptr es:[edi], byte ptr fs:[esi]

/* The LDT. */
        mov     eax, offset ldt
        mov     word ptr [ldt_descriptor + 2], ax
        shr     eax, 16
        mov     byte ptr [ldt_descriptor + 4], al
        cmp     eax, eax
        mov     eax, LDT
        lldt    ax
        sldt    ebx
        mov     eax, 0x04
        mov     gs, eax
        mov     eax, 0x14
        mov     gs, eax
        mov     eax, gs:[0]
        lldt    word ptr [null]
        sldt    [0x190050]

/* The task register: LTR marks the TSS busy. */
        place_tss
        mov     eax, TSS
        ltr     ax
        str     ebx
        str     [0x190052]
        mov     eax, [tss_descriptor + 4]

/* Far transfers, in 32 bits and down to 16 bits and back. */
        ljmp    CODE32, offset 1f
1:      lcall   CODE32, offset far_function
        call    fword ptr [far_pointer]
        push    7
        lcall   CODE32, offset far_function_popping
        push    CODE32
        push    offset 2f
        retf
2:      mov     eax, LDT
        lldt    ax
        ljmp    0x0c, offset 3f         /* code of the LDT */
3:      ljmp    CODE32, offset 4f
4:      jmp     fword ptr [jump_pointer]
5:      mov     ebx, esp
        mov     esi, offset code16
        mov     edi, 0x9000
        mov     ecx, code16_end - code16
        rep movsb
        ljmp    CODE16, 0x9000
6:
/* Flags, STI, CLI, MOV SS, POP SS. */
        pushfd
        pop     eax
        push    0x00244ed7
        popfd
        pushfd
        pop     eax
        push    2
        popfd
        pushfw
        pop     ax
        push    0x0cd5
        popfw
        pushfd
        pop     eax
        push    2
        popfd
        sti
        nop
        sti
        sti
        cli
        mov     eax, DATA32
        mov     ss, eax
        mov     ebx, 1
        push    ss
        pop     ss
        mov     ebx, 2
        sti
        mov     ss, eax
        mov     ss, eax
        mov     ebx, 3
        cli
        lss     esp, [stack]
        mov     ebx, 4

/* Control registers and what else is privileged. */
        smsw    eax
        mov     eax, cr0
        or      eax, 8
        mov     cr0, eax
        clts
        mov     eax, cr0
        lmsw    ax
        mov     eax, cr2
        mov     ebx, 0x12345000
        mov     cr2, ebx
        mov     cr3, ebx
        mov     eax, cr3
        mov     ebx, 0
        mov     cr3, ebx
        mov     cr2, ebx
        mov     eax, cr4
        or      eax, 0x80
        mov     cr4, eax
        and     eax, 0x7f
        mov     cr4, eax
        wbinvd
        invd
        mov     ecx, 0xc0000080
        rdmsr
        or      eax, 1
        wrmsr
        rdmsr
        mov     ecx, 0x174              /* IA32_SYSENTER_CS */
        mov     eax, 0x1234
        mov     edx, 0
        wrmsr
        mov     eax, 0
        rdmsr
        mov     eax, 0
        cpuid
        rdtsc
        mov     eax, 0
        mov     ebx, 0
        mov     ecx, 0
        mov     edx, 0

/* Code that changes itself. */
        change_code
        end_guest

        .code16
code16: mov     ax, 0x1234
        push    ax
        pop     ax
        pushd   0x11112222
        pop     ebx
        call    7f
        .byte   0x66, 0xea              /* jmp far CODE32:6b */
        .long   6b
        .word   CODE32
7:      ret
code16_end:
        .code32

far_function:
        mov     ecx, 0x1111
        retf
far_function_popping:
        retf    4

        .balign 4
pointer:
        .long   0x200000
        .word   DATA32
far_pointer:
        .long   far_function
        .word   CODE32
jump_pointer:
        .long   5b
        .word   CODE32
null:   .word   0
stack:  .long   0x3ff000
        .word   DATA32
        tables
