/* Real mode: the vector table, and how handlers look at the frame that was pushed. */
#include "common.h"
        .code16

.macro vector number, handler
        mov     word ptr [\number * 4], offset \handler
        mov     word ptr [\number * 4 + 2], 0
.endm

/*
 * The beginning of a handler: cx says which it was; si, di, dx hold the ip, cs and flags that were pushed, and
 * bp is where bp has been saved, below them.
 */
.macro look_at_frame number
        push    bp
        mov     bp, sp
        mov     si, [bp + 2]
        mov     di, [bp + 4]
        mov     dx, [bp + 6]
        mov     cx, \number
.endm
