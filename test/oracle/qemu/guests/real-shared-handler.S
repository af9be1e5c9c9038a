/* Real mode: exceptions that share a handler, as under a BIOS whose vectors all lead to one IRET. */
#include "common.h"
        .code16
start:
        mov     word ptr [0 * 4], offset skip_two
        mov     word ptr [0 * 4 + 2], 0
        mov     word ptr [6 * 4], offset skip_two
        mov     word ptr [6 * 4 + 2], 0
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
