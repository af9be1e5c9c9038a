/*
 * Long mode: the instructions that KVM runs together with the next one (fences, SWAPGS, ENDBR64,
 * RDRAND, FS and GS bases, FXSAVE, IRETQ), flags, segments, system registers, SYSCALL.
 */
#include "long.h"
        .code64
start:
        mask_interrupts
        lgdt    [gdtr]
        lidt    [idtr]
        sgdt    [0x190000]
        sidt    [0x190010]
        gate    6, invalid_opcode

/* What takes no single-step trap: alone, in a row, before a jump, an access, a HLT's like. */
        lfence
        mfence
        sfence
        mov     eax, 1
        lfence
        jmp     1f
        ud2
1:      mfence
        mov     eax, [0x190000]
        sfence
        in      al, PIC1_MASK
        lfence
        mov     ecx, 3
2:      lfence
        loop    2b
        endbr64
        endbr64
        mov     eax, 2
        endbr64
        call    function
        lfence
        expect
        lfence
        ud2                             /* a fault behind one of them */
1:      swapgs
        swapgs
        mov     ecx, 0xc0000102         /* IA32_KERNEL_GS_BASE */
        mov     eax, 0x00190000
        mov     edx, 0
        wrmsr
        swapgs
        mov     eax, gs:[0]
        rdmsr
        swapgs
        mov     rax, cr4
        or      eax, 0x10000            /* FSGSBASE */
        mov     cr4, rax
        mov     eax, 0x190100
        wrfsbase rax
        rdfsbase rbx
        wrgsbase rbx
        rdgsbase ecx
        mov     dword ptr fs:[0x20], 0x12345678
        mov     eax, gs:[0x20]
        wrfsbase eax
        rdrand  rax
        mov     eax, 0
        rdrand  ecx
        mov     ecx, 0
        cmp     eax, 1
        rdseed  rax
        mov     eax, 0
        cmp     eax, 1
        pushfq
        pop     rax
        nop     dword ptr [rax]
        pause

/* IRETQ: to the next instruction, to another place, with another stack, flags and stack segment. */
        mov     rbp, rsp
        push    DATA
        push    rbp
        push    0x46
        push    CODE64
        push    offset returned
        iretq
        ud2
returned:
        push    0
        push    0x3fe000
        push    0xed7 & ~0x300
        push    CODE64
        push    offset returned_again
        iretq
        ud2
returned_again:
        cld
        mov     eax, DATA
        mov     ss, eax
        mov     rsp, rbp
        push    DATA
        push    rbp
        push    0x202
        push    CODE64
        push    offset with_interrupts
        iretq
        ud2
with_interrupts:
        cli

/* Flags, STI, CLI, MOV SS. */
        pushfq
        pop     rax
        push    0x00244ed7 & ~0x200
        popfq
        pushfq
        pop     rax
        push    2
        popfq
        .byte   0x66, 0x9c              /* pushfw */
        .byte   0x66, 0x9d              /* popfw */
        sti
        sti
        nop
        cli
        mov     eax, DATA
        mov     ss, eax
        mov     ebx, 1
        mov     ss, eax
        mov     ss, eax
        mov     ebx, 2
        sti
        mov     ss, eax
        mov     ebx, 3
        cli
        lss     esp, [stack]
        mov     ebx, 4

/* Segments: their bases count for nothing, but FS and GS. */
        mov     eax, 0
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     eax, DATA
        mov     ss, eax
        mov     ds, eax
        mov     es, eax
        push    fs
        pop     gs
        mov     ecx, 0xc0000100         /* IA32_FS_BASE */
        mov     eax, 0x00190000
        mov     edx, 0
        wrmsr
        mov     eax, 0
        rdmsr
        mov     eax, fs:[0]
        lfs     ebx, [pointer]
        lgs     eax, [pointer]
        sldt    eax
        str     eax
        smsw    eax

/* Far transfers in 64-bit code. */
        call    fword ptr [far_pointer]
        rex.w call fword ptr [far_pointer64]
        jmp     fword ptr [jump_pointer]
jumped: push    CODE64
        push    offset 6f
        rex.w retf
6:
/* CR8, control registers, debug registers, MSRs. */
        mov     eax, 5
        mov     cr8, rax
        mov     rbx, cr8
        mov     eax, 0
        mov     cr8, rax
        mov     rax, cr0
        mov     rax, cr2
        mov     rax, cr3
        mov     cr3, rax
        mov     rax, cr4
        invlpg  [0x190000]
        wbinvd
        clts
        mov     eax, 0x1234
        mov     dr0, rax
        mov     rbx, dr0
        mov     eax, 0
        mov     dr0, rax
        mov     rbx, dr7
        mov     eax, 0
        mov     ecx, 1
        cpuid
        rdtsc
        mov     eax, 0
        mov     ebx, 0
        mov     ecx, 0
        mov     edx, 0

/* SYSCALL at privilege 0, which returns by a jump; SYSRET would leave for privilege 3. */
        syscall_to system_call, 0x441
        stc
        std
        syscall
        mov     ebx, 1
        mov     ecx, 0xc0000082
        rdmsr

/* Code that changes itself. */
        change_code
        mov     esi, offset replacement
        mov     edi, offset replaced
        mov     ecx, 2
        cld
        rep movsb
replaced:
        ud2
        end_guest

function:
        endbr64
        ret
system_call:
        mov     edi, 0x7777
        jmp     rcx
far_function:
        .byte   0xcb                    /* retf of 32 bits */
far_function64:
        rex.w retf
replacement:
        nop
        nop

        handler invalid_opcode, 6
        .balign 8
stack:  .long   0x3ff000
        .word   DATA
        .balign 8
pointer:
        .long   0x1234
        .word   DATA
        .balign 8
far_pointer:
        .long   far_function
        .word   CODE64
        .balign 8
far_pointer64:
        .quad   far_function64
        .word   CODE64
        .balign 8
jump_pointer:
        .long   jumped
        .word   CODE64
        tables
