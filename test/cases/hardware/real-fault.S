# Exceptions of real mode that KVM does not intercept: #DE twice and #BR. And #UD, which it does.
.code16
.globl _start
_start:
 xorw %ax, %ax
 movw %ax, %ds
 movw %ax, %ss
 movw $0x7000, %sp
 movw $handler, 0*4
 movw %ax, 0*4+2
 movw $handler, 5*4
 movw %ax, 5*4+2
 movw $handler, 6*4
 movw %ax, 6*4+2
 xorw %cx, %cx
 divw %cx
 ud2
 aam $0
 movw $bounds, %bx
 boundw %ax, (%bx)
 movb $0, %al
 outb %al, $0xf4
 hlt
# Every instruction that faults has two bytes.
handler:
 incw %si
 popw %di
 addw $2, %di
 pushw %di
 iretw
bounds: .word 1, 2
