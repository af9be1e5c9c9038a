/* Real mode: exceptions that share a handler, as under a BIOS whose vectors all lead to one IRET. */
#include "real.h"
start:
        vector  0, skip_two
        vector  6, skip_two
        mov     bl, 0
        div     bl                      /* #DE */
        ud2                             /* #UD */
        end_guest

skip_two:
        push    bp
        mov     bp, sp
        add     word ptr [bp + 2], 2
        pop     bp
        iret
