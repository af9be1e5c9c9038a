/*
 * MMIO in every way an instruction can do it; the same in 32-bit and 64-bit code. Reads give ones,
 * writes are lost. A is the address-sized register prefix (e or r) and the base is in Abx.
 */
.macro mmio_accesses A
        mov     \A\()bx, \A\()ax
/* Plain reads and writes of all sizes, aligned and across a page. */
        mov     al, [\A\()bx]
        mov     ax, [\A\()bx + 2]
        mov     eax, [\A\()bx + 4]
        mov     ecx, [\A\()bx + 0xffe]
        mov     cx, [\A\()bx + 0xfff]
        mov     [\A\()bx], al
        mov     [\A\()bx + 2], ax
        mov     [\A\()bx + 4], eax
        mov     [\A\()bx + 0xffd], eax
        mov     dword ptr [\A\()bx + 8], 0x12345678
        movzx   edx, byte ptr [\A\()bx]
        movsx   edx, word ptr [\A\()bx]
        movzx   edx, word ptr [\A\()bx + 0xfff]
/* Reads that are operands. */
        mov     ecx, 5
        add     ecx, [\A\()bx]
        cmp     cl, [\A\()bx]
        test    dword ptr [\A\()bx], 0x80
        imul    edx, [\A\()bx], 3
        cmp     dword ptr [\A\()bx], -1
        bt      dword ptr [\A\()bx], 5
        stc
        cmovc   ecx, [\A\()bx]
/* Reads, changes and writes in one instruction. */
        add     dword ptr [\A\()bx], 1
        inc     byte ptr [\A\()bx]
        dec     word ptr [\A\()bx + 2]
        neg     dword ptr [\A\()bx]
        not     dword ptr [\A\()bx]
        clc
        adc     dword ptr [\A\()bx], 5
        shl     dword ptr [\A\()bx], 1
        ror     byte ptr [\A\()bx], 1
        bts     dword ptr [\A\()bx], 3
        btr     dword ptr [\A\()bx], 3
        mov     eax, 0x1357
        xchg    [\A\()bx], eax
        mov     eax, 0x2468
        lock xadd [\A\()bx], eax
        mov     eax, -1
        mov     ecx, 2
        lock cmpxchg [\A\()bx], ecx
        mov     eax, 3
        cmpxchg [\A\()bx], ecx
        lock or dword ptr [\A\()bx + 0xffe], 1
        sete    byte ptr [\A\()bx]
/* A stack of it. */
        mov     \A\()bp, \A\()sp
        lea     \A\()sp, [\A\()bx + 0x800]
        pop     \A\()dx
        push    \A\()dx
        pop     \A\()cx
        mov     \A\()sp, \A\()bp
/* Strings between MMIO and RAM, both ways, within MMIO, and compared. */
        cld
        mov     \A\()si, \A\()bx
        mov     edi, 0x190000
        movsb
        movsw
        movsd
        mov     ecx, 5
        rep movsb
        mov     ecx, 5
        rep movsd
        mov     ecx, 0
        rep movsd
        mov     esi, 0x190000
        lea     \A\()di, [\A\()bx + 0xff0]
        movsd
        mov     ecx, 9
        rep movsb
        mov     ecx, 4
        rep movsd
        mov     ecx, 6
        rep stosw
        mov     \A\()si, \A\()bx
        lea     \A\()di, [\A\()bx + 0x100]
        mov     ecx, 3
        rep movsd
        lodsb
        lodsd
        mov     ecx, 3
        rep lodsw
        mov     al, -1
        mov     \A\()di, \A\()bx
        mov     ecx, 4
        repe scasb
        mov     ecx, 4
        repne scasb
        mov     \A\()si, \A\()bx
        mov     edi, 0x190000
        mov     ecx, 4
        repe cmpsb
        std
        lea     \A\()si, [\A\()bx + 0x20]
        mov     edi, 0x190100
        mov     ecx, 3
        rep movsd
        cld
.endm
