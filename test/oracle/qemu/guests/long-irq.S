/*
 * Long mode: device interrupts (COM1's, see real-irq.S) around the instructions that are special to
 * a stepping recorder: in the shadow of STI, and directly before and behind them.
 */
#include "long.h"
#include "irq.h"

VECTOR          = 0x24          /* IRQ 4 */

        .code64
/* The instruction runs in the shadow of STI; the interrupt comes behind it. */
.macro shadowed instruction:vararg
        raise
        sti
        \instruction
        nop
        cli
.endm

start:  lgdt    [gdtr]
        lidt    [idtr]
        gate    VECTOR, transmitter
        gate    0x20, software
        gate    6, invalid_opcode
        mov     al, 0x11
        out     0x20, al
        mov     al, 0x20
        out     0x21, al
        mov     al, 4
        out     0x21, al
        mov     al, 1
        out     0x21, al
        mov     al, 0xef                /* only IRQ 4 */
        out     0x21, al
        mov     al, 0xff
        out     PIC2_MASK, al
        mov     dx, COM1_MODEM
        mov     al, 8
        out     dx, al
        mov     rbp, rsp
        mov     ebx, MMIO
        mov     esi, 0x1a0000
        mov     edi, 0x1a0100

        shadowed nop
/*
 * What takes no single-step trap is not here: KVM of the PVM kind keeps the shadow over it, and the interrupt comes an
 * instruction later, which no one can mind.
 */
        shadowed pushfq
        pop     rax
        shadowed mov eax, [rbx]         /* MMIO */
        shadowed mov [rbx], eax
        shadowed add dword ptr [rbx], 1
        shadowed in al, PIC1_MASK
        shadowed out 0xe4, al
        mov     ecx, 5
        shadowed rep movsb
        mov     ecx, 3
        mov     rdi, rbx
        shadowed rep stosd              /* to MMIO */
        shadowed jmp 1f
1:      shadowed call function
        shadowed int 0x20
        shadowed hlt
/* A fault in the shadow: the interrupt comes behind the handler's IRETQ. */
        raise
        expect
        sti
        ud2
1:      nop
        cli
/* IRETQ lets it in at once, in front of what takes no trap, repeats or accesses. */
        raise
        push    DATA
        push    rbp
        push    0x202
        push    CODE64
        push    offset returned
        iretq
returned:
        mfence
        cli
        raise
        mov     ecx, 4
        mov     esi, 0x1a0000
        mov     edi, 0x1a0200
        push    0x202
        popfq
        rep movsb
        cli
        raise
        push    0x202
        popfq
        mov     eax, [rbx]
        cli
        raise
        push    0x202
        popfq
        swapgs
        cli
        raise
        push    0x202
        popfq
        int     0x20
        cli
/* With IF set: behind the OUT that raises it, and again behind the one that asks for more. */
        sti
        raise
        lfence
        raise
        mov     eax, [rbx]
        cli
        end_guest

function:
        ret

transmitter:
        push    rax
        push    rdx
        mov     dx, COM1_IDENTITY
        in      al, dx                  /* acknowledges it */
        mov     dx, COM1_ENABLE
        mov     al, 0
        out     dx, al
        mov     al, 0x20
        out     0x20, al
        inc     dword ptr [count]
        mov     r9, [rsp + 16]          /* where it came */
        mov     r10, [rsp + 32]
        pop     rdx
        pop     rax
        iretq
software:
        inc     dword ptr [count]
        iretq

        handler invalid_opcode, 6
        .balign 4
count:  .long   0
        tables
