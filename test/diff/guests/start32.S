/* Entered in protected mode: calls main and gives its result to the debug-exit device. */
        .code32
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start: call    main
        outb    %al, $0xf4
        cli
1:      hlt
        jmp     1b
        .size   _start, . - _start
        .section .note.GNU-stack, "", @progbits
