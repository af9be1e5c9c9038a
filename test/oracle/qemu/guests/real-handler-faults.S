/* Real mode: the first instruction of an exception's handler raises an exception itself. */
#include "real.h"
start:
        vector  0, divide_error
        vector  6, invalid_opcode
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
