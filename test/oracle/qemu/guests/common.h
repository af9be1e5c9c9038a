/* What the guests share: how they end, and where they find devices. */
        .intel_syntax noprefix

DEBUG_EXIT      = 0xf4          /* isa-debug-exit */
NOBODY          = 0x1230        /* a port without a device: reads all ones */
COM1            = 0x3f8
COM1_SCRATCH    = COM1 + 7      /* keeps what was written */
COM1_STATUS     = COM1 + 5
PIC1_MASK       = 0x21
PIC2_MASK       = 0xa1
MMIO            = 0xfffe0000    /* reads all ones, writes are lost */

.macro end_guest
        mov     al, 0
        out     DEBUG_EXIT, al
.endm

/* No interrupt can come: the tests of STI want none. */
.macro mask_interrupts
        mov     al, 0xff
        out     PIC1_MASK, al
        out     PIC2_MASK, al
.endm

/* Code of 32 or 64 bits that changes itself: the next instruction, and one that has run before. */
.macro change_code
        mov     byte ptr [changed + 1], 9
changed:
        mov     al, 1
        mov     ecx, 3
again:  add     ebx, 1
        inc     byte ptr [again + 2]
        loop    again
        mov     dword ptr [later], 0x90909090
later:  ud2
        ud2
.endm

/* The handlers that a guest of exceptions has; `handler` is its mode's. */
.macro exception_handlers
        handler divide_error, 0
        handler invalid_opcode, 6
        handler not_available, 7
        handler_with_code double_fault, 8
        handler_with_code not_present, 11
        handler_with_code stack_fault, 12
        handler_with_code general_protection, 13
        handler_with_code page_fault, 14
.endm

/* Interrupts of software through vectors 0x20 and 0x21, with IF clear and set, and INT3. */
.macro software_interrupts
        int     0x20
        sti
        int     0x20
        int     0x21
        cli
        int     0x21
        int3
.endm

/* The address of the TSS into its descriptor, in protected and long mode. */
.macro place_tss
        mov     eax, offset tss
        mov     word ptr [tss_descriptor + 2], ax
        shr     eax, 16
        mov     byte ptr [tss_descriptor + 4], al
        cmp     eax, eax
.endm

/* TR, with a stack for level 0 in the TSS: in long mode its address alone. */
.macro load_tss stack, segment
        place_tss
        mov     dword ptr [tss + 4], \stack
        .ifnb \segment
        mov     dword ptr [tss + 8], \segment
        .endif
        mov     word ptr [tss + 102], 104       /* no I/O map */
        mov     eax, TSS
        ltr     ax
.endm
