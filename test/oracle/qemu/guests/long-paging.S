/*
 * Paging in long mode: #PF in all its kinds, Accessed and Dirty bits, CR3 switches, INVLPG, accesses
 * across pages, faults in the middle of string instructions.
 */
#include "long.h"

TOP             = 0x190000      /* PML4s: of this address space and another */
OTHER_TOP       = 0x191000
POINTERS        = 0x192000
OTHER_POINTERS  = 0x193000
DIRECTORY       = 0x194000      /* maps the first GiB */
OTHER_DIRECTORY = 0x195000
TABLE           = 0x196000      /* maps the 2 MiB from WINDOW on */
OTHER_TABLE     = 0x197000
DIRECTORY3      = 0x198000      /* maps the fourth GiB */
WINDOW          = 0x400000
NX              = 1 << 31       /* of an entry's upper half */

        .code64
start:
        lgdt    [gdtr]
        lidt    [idtr]
        gate    6, invalid_opcode
        gate    13, general_protection
        gate    14, page_fault
        entry   TOP, 0, POINTERS+7
        entry   POINTERS, 0, DIRECTORY+7
        entry   POINTERS, 3, DIRECTORY3+7
        entry   DIRECTORY, 0, 0x000083
        entry   DIRECTORY, 1, 0x200083
        entry   DIRECTORY, 2, TABLE+7
        entry   DIRECTORY3, 511, 0xffe00083
        entry   OTHER_TOP, 0, OTHER_POINTERS+7
        entry   OTHER_POINTERS, 0, OTHER_DIRECTORY+7
        entry   OTHER_DIRECTORY, 0, 0x000083
        entry   OTHER_DIRECTORY, 1, 0x200083
        entry   OTHER_DIRECTORY, 2, OTHER_TABLE+7
        entry   TABLE, 0, 0x200003      /* present, writable */
        entry   TABLE, 1, 0x201001      /* read-only */
        entry   TABLE, 2, 0             /* not present */
        entry   TABLE, 3, 0x203003
        entry   TABLE, 4, 0x204003
        entry   TABLE, 6, MMIO+3
        entry   OTHER_TABLE, 0, 0x300003
        mov     eax, TOP
        mov     cr3, rax

/* Accessed, then Dirty. */
        mov     rax, [WINDOW]
        mov     rax, [TABLE]
        mov     dword ptr [WINDOW + 8], 0x12345678
        mov     rax, [TABLE]
        mov     eax, [WINDOW + 0x1000]
        mov     rax, [TABLE + 8]
        mov     rax, [DIRECTORY + 16]
        lock inc dword ptr [WINDOW + 0x3000]
        mov     rax, [TABLE + 24]
        mov     rax, [TOP]
        mov     rax, [POINTERS]

/* #PF: read and write of an absent page, writes of a read-only one, a jump. */
        expect
        mov     eax, [WINDOW + 0x2004]
1:      mov     rax, cr2
        expect
        mov     [WINDOW + 0x2008], eax
1:      expect
        mov     [WINDOW + 0x1010], eax
1:      expect
        inc     dword ptr [WINDOW + 0x1020]
1:      expect
        cmp     byte ptr [WINDOW + 0x1030], 5   /* a read: no fault */
        xadd    [WINDOW + 0x1030], eax
1:      expect
        mov     eax, WINDOW + 0x2100
        jmp     rax
1:
/* A page that may not be executed. */
        mov     ecx, 0xc0000080
        rdmsr
        or      eax, 0x800              /* EFER.NXE */
        wrmsr
        mov     dword ptr [TABLE + 24 + 4], NX
        invlpg  [WINDOW + 0x3000]
        expect
        mov     eax, WINDOW + 0x3100
        jmp     rax
1:      mov     eax, [WINDOW + 0x3000]
        mov     dword ptr [TABLE + 24 + 4], 0
        invlpg  [WINDOW + 0x3000]
/*
 * Not here: a reserved bit, for which QEMU 7.2 gives the error code 8, not 9 (SDM vol. 3, 4.7: bit 3
 * can be set only if bit 0 is), and a read-modify-write of an absent page, which it reports as a
 * read, as it begins with one (CPUs and KVM report a write); and a REP CMPS that faults behind an
 * iteration, where it pushes that one's flags and not those from before (SDM vol. 2, REP). Nor a write
 * whose second page is absent: KVM's emulator writes the first part before it faults.
 */

/* String instructions that fault on the way: what was done stays done. */
        cld
        expect
        mov     esi, WINDOW + 0xff0
        mov     edi, WINDOW + 0x3ff8
        mov     ecx, 0x20
        rep movsb                       /* from a page into the next: no fault */
1:      expect
        mov     edi, WINDOW + 0x4ff0
        mov     ecx, 0x20
        rep stosb                       /* faults behind 16 bytes */
1:      expect
        mov     esi, WINDOW + 0x1ff8
        mov     ecx, 4
        rep lodsd                       /* behind 2 */
1:      expect
        mov     esi, WINDOW + 0x2000
        mov     edi, WINDOW
        mov     ecx, 5
        repe cmpsd                      /* at once */
1:      std
        expect
        mov     esi, WINDOW + 0x3010
        mov     edi, 0x1f0010
        mov     ecx, 9
        rep movsd                       /* downwards */
1:      cld

/* Accesses across two pages, both there, and the second not. */
        expect
        mov     eax, [WINDOW + 0x1ffe]
1:      mov     dword ptr [WINDOW + 0x3ffe], 0x99aabbcc
        mov     eax, [WINDOW + 0x3ffe]
        add     [WINDOW + 0x3ffd], eax
        mov     rbx, rsp
        mov     esp, WINDOW + 0x4004
        push    rax
        push    rbx
        pop     rcx
        mov     rsp, rbx

/* A fault that the handler mends, and the instruction again. */
        mov     qword ptr [resume], offset mend
        mov     ebp, offset 1f
1:      mov     dword ptr [WINDOW + 0x5000], 0x1357
        jmp     2f
mend:   mov     dword ptr [TABLE + 40], 0x205003
        jmp     rbp
2:
/* The same with a string instruction: it goes on where it was. */
        mov     qword ptr [resume], offset mend_string
        mov     dword ptr [TABLE + 56], 0x207003
        mov     eax, 0x41
        mov     edi, WINDOW + 0x7ff0
        mov     ecx, 0x20
1:      rep stosb
        jmp     3f
mend_string:
        mov     dword ptr [TABLE + 64], 0x208003
        jmp     1b
3:
/* WP: without it the read-only page can be written. */
        mov     rax, cr0
        and     eax, 0xfffeffff
        mov     cr0, rax
        mov     dword ptr [WINDOW + 0x1010], 1
        or      eax, 0x10000
        mov     cr0, rax
        mov     rax, [TABLE + 8]
/* MMIO through a page table. */
        mov     eax, [WINDOW + 0x6000]
        mov     [WINDOW + 0x6010], eax
        inc     word ptr [WINDOW + 0x6020]
        mov     rax, [TABLE + 48]

/* Another address space, and back; a changed entry. */
        mov     eax, [WINDOW]
        mov     ecx, OTHER_TOP
        mov     cr3, rcx
        mov     eax, [WINDOW]
        mov     dword ptr [WINDOW], 0x2468
        expect
        mov     eax, [WINDOW + 0x1000]
1:      mov     ecx, TOP
        mov     cr3, rcx
        mov     eax, [WINDOW]
        mov     dword ptr [TABLE], 0x300003
        invlpg  [WINDOW]
        mov     eax, [WINDOW]
        mov     dword ptr [TABLE + 16], 0x200001
        mov     eax, [WINDOW + 0x2008]
        mov     rcx, cr3
        mov     cr3, rcx

/* The same address with other code behind another CR3. */
        mov     byte ptr [WINDOW + 0x3100], 0xb0        /* mov al, 1; ret */
        mov     word ptr [WINDOW + 0x3101], 0xc301
        mov     eax, WINDOW + 0x3100
        call    rax
        mov     dword ptr [OTHER_TABLE + 24], 0x303003
        mov     ecx, OTHER_TOP
        mov     cr3, rcx
        mov     byte ptr [WINDOW + 0x3100], 0xb4        /* mov ah, 2; ret */
        mov     word ptr [WINDOW + 0x3101], 0xc302
        mov     eax, WINDOW + 0x3100
        call    rax
        mov     ecx, TOP
        mov     cr3, rcx
        mov     eax, WINDOW + 0x3100
        call    rax

/* An instruction across two pages, and one whose second page is not there. */
        mov     dword ptr [WINDOW + 0x3ffd], 0x030201b8 /* mov eax, 0x04030201; ret */
        mov     word ptr [WINDOW + 0x4001], 0xc304
        mov     eax, WINDOW + 0x3ffd
        call    rax
        mov     byte ptr [WINDOW + 0x8fff], 0xb8
        expect
        mov     eax, WINDOW + 0x8fff
        jmp     rax
1:      end_guest

        handler invalid_opcode, 6
        handler_with_code general_protection, 13
        handler_with_code page_fault, 14
        tables
