# A boot sector that asks its BIOS for everything and prints what it is told. The second sector is loaded by
# INT 13h and goes on at 0x7e00.
  .code16
  .globl _start
_start:
  xor %ax, %ax
  mov %ax, %ds
  mov %ax, %es
  mov %ax, %ss
  mov $0x7c00, %sp
  sti
  mov %dl, drive
  mov $hello, %si
  call print
  mov $' ', %al
  call put
  movzbw drive, %ax
  call hex
  call newline
  # The rest, by cylinder, head and sector.
  mov $0x0203, %ax
  mov $0x0002, %cx
  xor %dh, %dh
  mov drive, %dl
  mov $0x7e00, %bx
  int $0x13
  jc failed
  jmp rest
failed:
  mov $error, %si
  call print
  int $0x18

print:
  lodsb
  test %al, %al
  jz 1f
  call put
  jmp print
1: ret
put:
  mov $0x0e, %ah
  mov $7, %bx
  int $0x10
  ret
newline:
  mov $13, %al
  call put
  mov $10, %al
  jmp put
# AX in four digits.
hex:
  mov $4, %cx
1: rol $4, %ax
  push %ax
  push %cx
  and $15, %al
  add $'0', %al
  cmp $'9', %al
  jbe 2f
  add $39, %al
2: call put
  pop %cx
  pop %ax
  loop 1b
  ret
# "text xxxx" of SI and AX.
value:
  push %ax
  call print
  mov $' ', %al
  call put
  pop %ax
  call hex
  jmp newline
drive: .byte 0
hello: .asciz "boot sector on drive"
error: .asciz "cannot read"
  .org 510
  .word 0xaa55

rest:
  mov $loaded, %si
  call print
  call newline
  int $0x12
  mov $memory, %si
  call value
  mov $0x88, %ah
  int $0x15
  mov $extended, %si
  call value
  mov $0xe801, %ax
  int $0x15
  push %bx
  mov $sizes, %si
  call value
  pop %ax
  mov $sizes, %si
  call value
  xor %ebx, %ebx
next:
  mov $0xe820, %eax
  mov $0x534d4150, %edx
  mov $20, %ecx
  mov $buffer, %di
  int $0x15
  jc bad
  cmp $0x534d4150, %eax
  jne bad
  mov buffer + 16, %ax
  push %ebx
  push %ax
  mov buffer + 2, %ax
  mov $range, %si
  call value
  mov buffer + 10, %ax
  mov $size, %si
  call value
  pop %ax
  mov $type, %si
  call value
  pop %ebx
  test %ebx, %ebx
  jnz next
bad:
  # Extensions, and a sector by a packet.
  mov $0x41, %ah
  mov $0x55aa, %bx
  mov drive, %dl
  int $0x13
  jc no_extensions
  mov %bx, %ax
  mov $edd, %si
  call value
  mov $0x42, %ah
  mov $packet, %si
  mov drive, %dl
  int $0x13
  mov 0x9000, %ax
  mov $sector, %si
  call value
  # Written and read again.
  movw $0x1234, 0x9000
  mov $0x43, %ah
  mov $packet, %si
  int $0x13
  movw $0, 0x9000
  mov $0x42, %ah
  mov $packet, %si
  int $0x13
  mov 0x9000, %ax
  mov $sector, %si
  call value
no_extensions:
  mov $8, %ah
  mov drive, %dl
  int $0x13
  push %dx
  mov %cx, %ax
  mov $geometry, %si
  call value
  pop %ax
  mov $geometry, %si
  call value
  xor %ax, %ax
  mov %ax, %es
  # A sector that is not there.
  mov $0x0201, %ax
  mov $0xffff, %cx
  mov drive, %dl
  mov $0x9000, %bx
  int $0x13
  mov %ah, %al
  sbb %ah, %ah
  mov $beyond, %si
  call value
  # Time passes while it waits.
  mov $0x86, %ah
  mov $0x001e, %cx
  mov $0x8480, %dx
  int $0x15
  xor %ah, %ah
  int $0x1a
  cmp $36, %dx
  sbb %ax, %ax
  mov $ticks, %si
  call value
  # Keys: looked at, then taken.
  mov $1, %ah
  int $0x16
  jz no_key
  mov $key, %si
  call value
  xor %ah, %ah
  int $0x16
  mov $key, %si
  call value
  xor %ah, %ah
  int $0x16
  mov $key, %si
  call value
no_key:
  mov $1, %ah
  int $0x16
  lahf
  mov %ah, %al
  and $0x40, %ax
  mov $nokey, %si
  call value
  mov $0x1301, %ax
  mov $7, %bx
  mov $5, %cx
  mov $string, %bp
  int $0x10
  call newline
  mov $0x77, %ah
  mov drive, %dl
  int $0x13
  int $0x05
  mov $last, %si
  call print
  call newline
  xor %ah, %ah
  int $0x16
1: hlt
  jmp 1b
loaded: .asciz "second sector"
memory: .asciz "int 12h"
extended: .asciz "int 15h 88h"
sizes: .asciz "int 15h e801h"
range: .asciz "range at, in 64 KiB"
size: .asciz "  size"
type: .asciz "  type"
edd: .asciz "int 13h 41h"
sector: .asciz "sector 3 begins with"
geometry: .asciz "int 13h 08h"
beyond: .asciz "beyond the end, status"
ticks: .asciz "less than 36 ticks in 2 s"
key: .asciz "key"
nokey: .asciz "no more keys"
string: .ascii "\x80\xb0\xe0 ok"
last: .asciz "now waiting"
  .balign 4
packet: .byte 16, 0
  .word 1, 0x9000, 0
  .quad 3
buffer: .space 24
  .org 1536
  .word 0xbeef
  .org 2048
