/* Long mode: IN, OUT, INS and OUTS, with 64-bit and 32-bit addresses, across pages, with MMIO. */
#include "common.h"
        .code64
start:
        mov     dx, COM1_SCRATCH
        mov     al, 0x5a
        out     dx, al
        mov     rax, -1
        in      al, dx
        mov     dx, NOBODY
        mov     rax, 0x1122334455667788
        in      ax, dx
        mov     rax, 0x1122334455667788
        in      eax, dx                 /* the upper half is cleared */
        mov     rax, 0x1122334455667788
        in      eax, 0xe4
        out     0xe4, eax
        out     dx, ax
        cld
        mov     edi, 0x190ffe
        insb
        insw
        insd                            /* across a page */
        mov     rcx, 0
        rep     insd
        mov     edi, 0x191000
        mov     ecx, 2100               /* more than KVM takes at once */
        rep     insb
        mov     edi, 0x192ffe
        mov     ecx, 3
        rep     insd
        std
        mov     edi, 0x195000
        mov     ecx, 1030
        rep     insw
        cld
        mov     dx, COM1_SCRATCH
        mov     esi, offset start
        mov     ecx, 5
        rep     outsb
        in      al, dx
        mov     dx, NOBODY
        mov     esi, 0x190ffe
        mov     ecx, 1030
        rep     outsw
        outsd
        std
        mov     ecx, 3
        rep     outsd
        cld
        mov     rax, -1                 /* 32-bit addresses: the upper halves are cleared */
        mov     rdi, 0x190000
        mov     rcx, 3
        addr32 rep insb
        mov     rsi, 0x190000
        mov     rcx, 3
        addr32 rep outsb
/* From MMIO to a port and back. */
        mov     esi, MMIO
        outsb
        mov     ecx, 3
        rep     outsd
        mov     edi, MMIO
        insb
        mov     ecx, 3
        rep     insd
        mov     al, 0
        end_guest
