/**
 * Guests with every kind of input, in each mode: the counter, CPUID, random numbers, ports, REP INS,
 * MMIO, exceptions, software interrupts, timer interrupts and HLT.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestMode } from '../../src/guest/mode.js';
import { temporaryDirectory } from '../helpers/temporary.js';

export interface SourceGuest {
  readonly mode: GuestMode;
  readonly load: number;
  readonly source: string;
}

/** The interrupt controller at vector 0x20 with the timer alone, and the timer every 10 ticks. */
const TIMER = `
  mov al, 0x11
  out 0x20, al
  mov al, 0x20
  out 0x21, al
  mov al, 4
  out 0x21, al
  mov al, 1
  out 0x21, al
  mov al, 0xfe
  out 0x21, al
  mov al, 0x34
  out 0x43, al
  mov al, 10
  out 0x40, al
  xor eax, eax
  out 0x40, al
`;

/** What is the same in all modes; \`di\` etc. stand for the mode's registers. */
const WAIT_FOR_TICKS = `
  sti
1: hlt
  cmp dword ptr [ticks], 3
  jb 1b
  mov ecx, 60
2: imul eax, eax, 13
  add eax, ecx
  mov [values + 8], eax
  dec ecx
  jnz 2b
  cli
  hlt
`;

/** Gates of an IDT below 2 MiB, for code at 0x100000. */
const IDT_MACROS = (upper: string): string => `
.macro gate handler
  .word \\handler - start, 8, 0x8e00, 0x10 ${upper}
.endm
.macro none
  .word 0, 0, 0, 0 ${upper}
.endm
`;

/** The beginning of a handler of the timer, which keeps the register `accumulator`. */
function countTick(accumulator: 'rax' | 'eax'): string {
  return `timer:
  push ${accumulator}
  inc dword ptr [ticks]
  mov al, 0x20
  out 0x20, al
  pop ${accumulator}`;
}

export const LONG: SourceGuest = {
  mode: 'long',
  load: 0x100000,
  source: `
${IDT_MACROS(', 0, 0, 0, 0')}
.code64
start:
  lidt [rip + idtr]
  ${TIMER}
  rdtsc
  mov [values], eax
  xor eax, eax
  xor ecx, ecx
  cpuid
  rdrand rbx
  mov ecx, 0xc0000080
  rdmsr
  mov eax, 0x80000000
  mov ebx, [rax]
  mov [rax], ebx
  mov edx, 0x3fd
  in al, dx
  mov edx, 0x3f8
  lea rdi, [rip + buffer]
  mov ecx, 5
  rep insb
  lea rsi, [rip + buffer]
  mov ecx, 5
  mov edx, 0xe9
  rep outsb
  mov rbx, 0x140000000
  mov rax, [rbx]
  int 0x30
  ${WAIT_FOR_TICKS}
page_fault:
  add rsp, 8
  lea rbx, [rip + values]
  iretq
software:
  inc dword ptr [values + 4]
  iretq
${countTick('rax')}
  iretq
.align 16
idt:
  .rept 14
  none
  .endr
  gate page_fault
  .rept 17
  none
  .endr
  gate timer
  .rept 15
  none
  .endr
  gate software
idtr: .word . - idt - 1
  .quad idt
.align 16
ticks: .quad 0
values: .quad 0, 0
buffer: .quad 0
`,
};

export const PROTECTED: SourceGuest = {
  mode: 'protected',
  load: 0x100000,
  source: `
${IDT_MACROS('')}
.code32
start:
  lidt [idtr]
  ${TIMER}
  rdtsc
  mov [values], eax
  xor eax, eax
  cpuid
  mov ebx, [0x80000000]
  mov edx, 0x3f8
  mov edi, offset buffer
  mov ecx, 5
  rep insb
  ud2
  int 0x30
  ${WAIT_FOR_TICKS}
undefined:
  add dword ptr [esp], 2
  iretd
software:
  inc dword ptr [values + 4]
  iretd
${countTick('eax')}
  iretd
.align 16
idt:
  .rept 6
  none
  .endr
  gate undefined
  .rept 25
  none
  .endr
  gate timer
  .rept 15
  none
  .endr
  gate software
idtr: .word . - idt - 1
  .long idt
.align 16
ticks: .quad 0
values: .quad 0, 0
buffer: .quad 0
`,
};

export const REAL: SourceGuest = {
  mode: 'real',
  load: 0x7c00,
  source: `
.code16
start:
  mov word ptr [0x20 * 4], offset timer
  mov word ptr [0x30 * 4], offset software
  mov word ptr [0x6 * 4], offset undefined
  ${TIMER}
  rdtsc
  mov [values], eax
  xor eax, eax
  cpuid
  mov dx, 0x3f8
  mov di, offset buffer
  mov cx, 5
  rep insb
  mov dx, 0x3fd
  in al, dx
  ud2
  int 0x30
  ${WAIT_FOR_TICKS}
undefined:
  push bp
  mov bp, sp
  add word ptr [bp + 2], 2
  pop bp
  iret
software:
  inc word ptr [values + 4]
  iret
timer:
  push ax
  inc word ptr [ticks]
  mov al, 0x20
  out 0x20, al
  pop ax
  iret
.align 16
ticks: .quad 0
values: .quad 0, 0
buffer: .quad 0
`,
};

/** A page fault whose handler is not there, with no IDT at all: the guest shuts down. */
export const TRIPLE_FAULT: SourceGuest = {
  mode: 'long',
  load: 0x100000,
  source: `
.code64
start:
  mov ecx, 3
1: loop 1b
  ud2
`,
};

/** Assembles a guest into a flat binary and returns its path. */
export function assembleGuest({ mode, load, source }: SourceGuest): string {
  const directory = temporaryDirectory();
  const path = (name: string): string => join(directory, name);
  writeFileSync(path('guest.s'), `.intel_syntax noprefix\n.globl start\n${source}`);
  const is64 = mode === 'long';
  execFileSync('as', [is64 ? '--64' : '--32', '-o', path('guest.o'), path('guest.s')]);
  execFileSync('ld', [
    ...['-m', is64 ? 'elf_x86_64' : 'elf_i386', '--oformat', 'binary', '-e', 'start'],
    ...['-N', `-Ttext=0x${load.toString(16)}`, '-o', path('guest.bin'), path('guest.o')],
  ]);
  return path('guest.bin');
}
