/* Protected mode: an exception for which there is no IDT. */
#include "common.h"
        .code32
start:  mov     ebx, 1
        push    ebx
        ud2
        nop
