import test from 'ava';
import { FLOW } from '../../../src/stepper/burst/layout.js';
import { plainForm } from '../../../src/stepper/burst/plain.js';
import { classify } from '../../../src/x86/classify.js';

function formOf(hex: string, mode: 16 | 32 | 64 = 64) {
  return plainForm(classify(Buffer.from(hex, 'hex'), mode, 0x1000n));
}

const PLAIN: readonly [text: string, hex: string, flow: number, operands: number][] = [
  ['add eax, ebx', '01d8', FLOW.NEXT, 0],
  ['mov [rdi], eax', '8907', FLOW.NEXT, 1],
  ['lea rax, [rdi+8]', '488d4708', FLOW.NEXT, 0],
  ['lock cmpxchg [rdi], ecx', 'f00fb10f', FLOW.NEXT, 1],
  ['push qword [rax]', 'ff30', FLOW.NEXT, 2],
  ['movsb', 'a4', FLOW.NEXT, 2],
  ['jne', '75fe', FLOW.DIRECT, 0],
  ['call', 'e800000000', FLOW.DIRECT, 1],
  ['jmp rax', 'ffe0', FLOW.REGISTER, 0],
  ['call [rax]', 'ff10', FLOW.MEMORY, 2],
  ['ret', 'c3', FLOW.MEMORY, 1],
];

for (const [text, hex, flow, operands] of PLAIN) {
  test(`${text} is plain`, (t) => {
    const form = formOf(hex);
    t.is(form?.flow, flow);
    t.is(form?.operands.length, operands);
  });
}

const NOT_PLAIN: readonly [text: string, hex: string, mode?: 16 | 32][] = [
  ['hlt', 'f4'],
  ['cli', 'fa'],
  ['sti', 'fb'],
  ['in al, dx', 'ec'],
  ['rdtsc', '0f31'],
  ['cpuid', '0fa2'],
  ['rdmsr', '0f32'],
  ['mov cr3, rax', '0f22d8'],
  ['mov ds, eax', '8ed8'],
  ['pushf', '9c'],
  ['popf', '9d'],
  ['iretq', '48cf'],
  ['int3', 'cc'],
  ['syscall', '0f05'],
  ['rep movsb', 'f3a4'],
  ['movaps xmm0, xmm1', '0f28c1'],
  ['fninit', 'dbe3'],
  ['lidt [rax]', '0f0118'],
  ['mfence', '0faef0'],
  ['swapgs', '0f01f8'],
  ['ud2', '0f0b'],
  ['bts [rdi], eax', '0fab07'],
  ['pushad', '60', 32],
  ['jmp far', 'ea000000000800', 32],
  ['no instruction', 'ffff'],
];

for (const [text, hex, mode] of NOT_PLAIN) {
  test(`${text} is not plain`, (t) => {
    t.is(formOf(hex, mode), undefined);
  });
}
