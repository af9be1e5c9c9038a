.code64
.globl _start
_start:
  lea stack_top(%rip), %rsp
  call unsized
  call _ZN3foo3barEi
  call weak_f
  mov %al, buf(%rip)
  lea 1f(%rip), %rax
  jmp *%rax
1: hlt
unsized:
  nop
mid_label:
  nop
  ret
.globl _ZN3foo3barEi
.type _ZN3foo3barEi,@function
_ZN3foo3barEi:
  nop
inner_label:
  nop
  call _RNvNtCs1234_7mycrate3foo3bar
  ret
.size _ZN3foo3barEi, .-_ZN3foo3barEi
.type _RNvNtCs1234_7mycrate3foo3bar,@function
_RNvNtCs1234_7mycrate3foo3bar:
 ret
.size _RNvNtCs1234_7mycrate3foo3bar, .-_RNvNtCs1234_7mycrate3foo3bar
.weak weak_f
.type weak_f,@function
.type real_f,@function
.globl real_f
real_f:
weak_f:
 nop
 ret
.size weak_f, .-weak_f
.size real_f, .-real_f
 ud2
.bss
.globl buf
.type buf,@object
.size buf, 8
buf: .skip 8
.skip 0x1000
stack_top:
