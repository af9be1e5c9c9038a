# A ROM of 64 KiB that tells how it was started, and what it can write to.
  .code16
  .globl _start
_start:
  # Still in the segment of the reset: 0xffff0000.
  mov %edx, %ebp
  mov %cs:marker, %eax
  mov %eax, %ebx
  ljmp $0xf000, $shadow
shadow:
  xor %ax, %ax
  mov %ax, %ss
  mov $0x7000, %sp
  mov $0xf000, %ax
  mov %ax, %ds
  mov %cr0, %eax
  call hex
  mov %ebp, %eax
  test %eax, %eax
  setnz %al
  movzx %al, %eax
  call hex
  # The same bytes at both places.
  cmp %ebx, marker
  sete %al
  movzx %al, %eax
  call hex
  # Below 1 MiB it is RAM.
  incl marker
  mov marker, %eax
  sub %ebx, %eax
  call hex
  # Below 4 GiB it is not: a flat data segment, to reach it.
  lgdtl gdt_pointer
  mov %cr0, %eax
  or $1, %al
  mov %eax, %cr0
  mov $8, %cx
  mov %cx, %es
  and $0xfe, %al
  mov %eax, %cr0
  mov $0xffff0000 + marker, %edi
  movl $0x12345678, %es:(%edi)
  addr32 mov %es:(%edi), %eax
  sub %ebx, %eax
  call hex
  mov $'\n', %al
  out %al, $0xe9
  mov $7, %al
  out %al, $0xf4
1: hlt
  jmp 1b

# Prints EAX and a space.
hex:
  mov $8, %cx
2: rol $4, %eax
  push %ax
  and $15, %al
  add $'0', %al
  cmp $'9', %al
  jbe 3f
  add $'a' - '9' - 1, %al
3: out %al, $0xe9
  pop %ax
  loop 2b
  mov $' ', %al
  out %al, $0xe9
  ret

  .align 8
marker:
  .long 0xcafe0001
gdt:
  .quad 0
  .quad 0x00cf93000000ffff
gdt_pointer:
  .word 15
  .long 0xf0000 + gdt
  .org 0xfff0, 0xff
  jmp _start
  .org 0x10000, 0xff
