/* Labels without a type: some are called, others are places in loops. */
        .text
        .globl  main
#ifdef TYPED
        .type   main, @function
        .type   work, @function
#endif
main:   call    work
        xorl    %eax, %eax
        ret
work:   movl    $20, %ecx
outer:  movl    $3, %edx
inner:  decl    %edx
        jnz     inner
        call    leaf
#ifdef EXTRA
        nop
#endif
next:   decl    %ecx
        jnz     outer
        ret
leaf:   movb    $0x2e, %al
        outb    %al, $0xe9
        ret
        .section .note.GNU-stack, "", @progbits
