/* Entered in long mode at CPL 0, rsp at the top of RAM, identity map, no IDT. */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        xorl    %ebp, %ebp              /* the outermost frame, for whoever walks the stack */
        call    main
        outb    %al, $0xf4              /* debug exit: main's result is the guest's exit code */
        cli
.Lhalt: hlt
        jmp     .Lhalt
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
