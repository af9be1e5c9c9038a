/*
 * Protected mode: ID, NT and IOPL in the flags when exceptions come. AC is not among them: KVM of the
 * PVM kind clears it for the handler, which the SDM (vol. 2, INT) does not ask for in protected mode.
 */
#include "protected.h"
        .code32
start:
        lgdt    [gdtr]
        lidt    [idtr]
        gate    0, divide_error
        gate    6, invalid_opcode
        push    0x00200002              /* ID */
        popfd
        pushfd
        pop     eax
        expect
        ud2
1:      pushfd
        pop     eax
        push    0x00207002              /* and NT and IOPL 3 */
        popfd
        expect
        mov     bl, 0
        div     bl
1:      pushfd
        pop     eax
        end_guest

        handler divide_error, 0
        handler invalid_opcode, 6
        tables
