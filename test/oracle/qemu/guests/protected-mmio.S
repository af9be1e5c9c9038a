/* Protected mode: memory-mapped I/O. */
#include "protected.h"
#include "mmio.h"
        .code32
start:  mov     eax, MMIO
        mmio_accesses e
        push    dword ptr [ebx]
        pop     dword ptr [ebx]
        mov     eax, [MMIO + 0x10]
        mov     [MMIO + 0x10], al
        end_guest
