# Exceptions through task gates in protected mode: #DE and #GP into one task, #DF into another.
.intel_syntax noprefix
.code32
.text
.globl _start
_start:
 mov esp, offset stack
 mov eax, offset tss1
 mov ebx, 0x20
 call put_tss
 mov eax, offset tss2
 mov ebx, 0x28
 call put_tss
 mov eax, offset tss3
 mov ebx, 0x30
 call put_tss
 lgdt [gdtr]
 jmp 0x08:1f
1:
 mov eax, 0x10
 mov ds, eax
 mov es, eax
 mov ss, eax
 mov eax, 0x20
 ltr ax
 lidt [idtr]
 # #DE: no error code
 xor ecx, ecx
 xor edx, edx
 div ecx
 # #GP(0x1230), into the same task
 mov eax, 0x1230
 mov fs, eax
 # #NP(0x18), whose gate names no segment: #DF
 mov eax, 0x18
 mov fs, eax
 hlt
put_tss:
 mov word ptr [gdt+ebx], 103
 mov [gdt+ebx+2], ax
 shr eax, 16
 mov [gdt+ebx+4], al
 mov word ptr [gdt+ebx+5], 0x0089
 mov [gdt+ebx+7], ah
 ret
# The task of #DE and #GP: the instruction, of two bytes, is passed over.
task2:
 cmp esp, offset stack2
 je 2f
 pop eax
2:
 add dword ptr [tss1+0x20], 2
 iretd
 jmp task2
task3:
 pop eax
 mov al, 0
 out 0xf4, al
 hlt
.data
.balign 8
gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00cf13000000ffff
 .quad 0, 0, 0
gdtr: .word 0x37
 .long gdt
idtr: .word 14*8-1
 .long idt
.balign 8
idt:
 .quad 0x0000850000280000               # 0: task gate
 .skip 7*8
 .quad 0x0000850000300000               # 8: task gate
 .skip 2*8
 .quad 0x00008e0012300000               # 11: an interrupt gate to nowhere
 .skip 8
 .quad 0x0000850000280000               # 13: task gate
.balign 128
tss1: .skip 104
.balign 128
tss2: .long 0, 0, 0, 0, 0, 0, 0, 0
 .long task2, 2
 .long 0x21, 0x22, 0x23, 0x24, stack2, 0x26, 0x27, 0x28
 .long 0x10, 8, 0x10, 0x10, 0x10, 0x10, 0, 0x68000000
.balign 128
tss3: .long 0, 0, 0, 0, 0, 0, 0, 0
 .long task3, 2
 .long 0x31, 0x32, 0x33, 0x34, stack3, 0x36, 0x37, 0x38
 .long 0x10, 8, 0x10, 0x10, 0x10, 0x10, 0, 0x68000000
.bss
.balign 4096
 .skip 512
stack:
 .skip 512
stack2:
 .skip 512
stack3:
