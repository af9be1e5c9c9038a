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
