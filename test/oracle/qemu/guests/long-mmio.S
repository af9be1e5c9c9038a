/* Long mode: memory-mapped I/O. */
#include "common.h"
#include "mmio.h"
        .code64
start:  mov     eax, MMIO
        mmio_accesses r
        push    qword ptr [rbx]
        pop     qword ptr [rbx]
        mov     rax, [rbx + 8]
        mov     [rbx + 8], rax
        mov     rax, [rbx + 0xffc]
        mov     [rbx + 0xff9], rax
        add     qword ptr [rbx], 3
        mov     rcx, 5
        lock xadd qword ptr [rbx + 8], rcx
        mov     rsi, rbx
        mov     edi, 0x190000
        mov     ecx, 3
        rep movsq
        mov     rsi, rdi
        mov     rdi, rbx
        mov     ecx, 3
        rep stosq
        movabs  al, [MMIO]
        movabs  [MMIO], rax
        end_guest
