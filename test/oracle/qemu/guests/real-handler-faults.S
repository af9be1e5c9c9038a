/* Real mode: the first instruction of an exception's handler raises an exception itself. */
#include "common.h"
        .code16
start:
        mov     word ptr [0 * 4], offset divide_error
        mov     word ptr [0 * 4 + 2], 0
        mov     word ptr [6 * 4], offset invalid_opcode
        mov     word ptr [6 * 4 + 2], 0
        mov     bl, 0
        div     bl                      /* #DE */
        end_guest

divide_error:
        ud2                             /* #UD */
        add     sp, 6
        end_guest

invalid_opcode:
        pop     ax
        add     ax, 2
        push    ax
        iret
