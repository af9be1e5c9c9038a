/* COM1's "transmitter empty" interrupt: pending as soon as it is enabled. */
COM1_ENABLE     = COM1 + 1
COM1_IDENTITY   = COM1 + 2
COM1_MODEM      = COM1 + 4

/* The interrupt becomes pending while IF is clear. */
.macro raise
        mov     dx, COM1_ENABLE
        mov     al, 2
        out     dx, al
.endm
