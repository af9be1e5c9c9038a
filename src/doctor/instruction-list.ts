/** Instructions that a KVM which emulates guests in software may lack, one of each family. */
import type { RegisterName } from './small-vm.js';

/** An instruction to try, with what it needs. */
export interface InstructionCase {
  readonly family: string;
  /** Bytes and assembly, as in a guest. */
  readonly line: string;
  readonly registers?: Partial<Record<RegisterName, number>>;
  /** What must be in RAX afterwards. */
  readonly rax?: number;
}

function family(name: string, ...lines: (string | Omit<InstructionCase, 'family'>)[]) {
  return lines.map((line) => ({
    family: name,
    ...(typeof line === 'string' ? { line } : line),
  }));
}

/** R9 is 0; RBX is the address of zeroes, aligned. */
export const LONG_MODE: readonly InstructionCase[] = [
  ...family(
    'bit counting',
    { line: 'f3 48 0f b8 c3  popcnt rax, rbx', registers: { rbx: 0x9000 }, rax: 2 },
    // Emulators without them run BSR and BSF instead, as old CPUs do: 0 tells them apart.
    { line: 'f3 49 0f bd c1  lzcnt rax, r9', rax: 64 },
    { line: 'f3 49 0f bc c1  tzcnt rax, r9', rax: 64 },
  ),
  ...family(
    'integer',
    'f2 0f 38 f0 c3  crc32 eax, bl',
    '48 0f 38 f0 03  movbe rax, [rbx]',
    '66 48 0f 38 f6 c3  adcx rax, rbx',
    'f3 48 0f 38 f6 c3  adox rax, rbx',
    '48 0f c1 03  xadd [rbx], rax',
    '0f c7 0b  cmpxchg8b [rbx]',
    '48 0f c7 0b  cmpxchg16b [rbx]',
    '48 0f c3 03  movnti [rbx], rax',
    'c8 10 00 01  enter 0x10, 1',
  ),
  ...family(
    'BMI',
    'c4 e2 e0 f2 c1  andn rax, rbx, rcx',
    'c4 e2 f0 f7 c3  bextr rax, rbx, rcx',
    'c4 e2 f8 f3 db  blsi rax, rbx',
    'c4 e2 f0 f5 c3  bzhi rax, rbx, rcx',
    'c4 e2 e3 f6 c1  mulx rax, rbx, rcx',
    'c4 e2 e3 f5 c1  pdep rax, rbx, rcx',
    'c4 e2 e2 f5 c1  pext rax, rbx, rcx',
    'c4 e3 fb f0 c3 05  rorx rax, rbx, 5',
    'c4 e2 f2 f7 c3  sarx rax, rbx, rcx',
  ),
  ...family(
    'system',
    '0f 01 f9  rdtscp',
    'f3 0f c7 f8  rdpid rax',
    { line: '0f 33  rdpmc', registers: { rcx: 0 } },
    { line: '0f 01 d0  xgetbv', registers: { rcx: 0 } },
    { line: '0f 01 d1  xsetbv', registers: { rcx: 0, rax: 7, rdx: 0 } },
    { line: '66 48 0f 38 82 03  invpcid rax, [rbx]', registers: { rax: 2 } },
    '0f ae 3b  clflush [rbx]',
    '66 0f ae 3b  clflushopt [rbx]',
    '66 0f ae 33  clwb [rbx]',
    '0f 0d 0b  prefetchw [rbx]',
    { line: '0f 01 c8  monitor', registers: { rax: 0x9000, rcx: 0, rdx: 0 } },
    '0f 01 cb  stac',
    '0f 01 ca  clac',
    '0f 34  sysenter',
    { line: '0f 02 c2  lar eax, edx', registers: { rdx: 0x10 } },
    { line: '0f 03 c2  lsl eax, edx', registers: { rdx: 0x10 } },
    { line: '0f 00 e2  verr dx', registers: { rdx: 0x10 } },
    { line: '0f 00 ea  verw dx', registers: { rdx: 0x10 } },
  ),
  ...family(
    'x87 and MMX',
    'db e3  fninit',
    'd9 3b  fnstcw [rbx]',
    'd9 e8  fld1',
    'd8 c1  fadd st, st(1)',
    'df e0  fnstsw ax',
    '9b  fwait',
    '0f 6e c0  movd mm0, eax',
    '0f fe c1  paddd mm0, mm1',
    '0f 77  emms',
  ),
  ...family(
    'extended state',
    { line: '0f ae 23  xsave [rbx]', registers: { rax: 7, rdx: 0 } },
    { line: '0f ae 2b  xrstor [rbx]', registers: { rax: 7, rdx: 0 } },
    '0f ae 13  ldmxcsr [rbx]',
    '0f ae 1b  stmxcsr [rbx]',
  ),
  ...family(
    'SSE moves',
    '66 0f 6f c1  movdqa xmm0, xmm1',
    '0f 28 03  movaps xmm0, [rbx]',
    '0f 11 03  movups [rbx], xmm0',
    'f3 0f 7e 03  movq xmm0, [rbx]',
    '66 0f 6e c0  movd xmm0, eax',
    'f3 0f 10 03  movss xmm0, [rbx]',
    'f2 0f 10 03  movsd xmm0, [rbx]',
    '66 0f e7 03  movntdq [rbx], xmm0',
  ),
  ...family(
    'SSE arithmetic',
    '66 0f ef c1  pxor xmm0, xmm1',
    '66 0f fe c1  paddd xmm0, xmm1',
    '0f 58 c1  addps xmm0, xmm1',
    'f2 0f 58 c1  addsd xmm0, xmm1',
    'f2 48 0f 2a c0  cvtsi2sd xmm0, rax',
    '66 0f 38 00 c1  pshufb xmm0, xmm1',
    '66 0f 38 dc c1  aesenc xmm0, xmm1',
    '66 0f 3a 44 c1 00  pclmullqlqdq xmm0, xmm1',
  ),
  ...family(
    'AVX',
    'c5 fe 6f 03  vmovdqu ymm0, [rbx]',
    'c5 f0 58 c2  vaddps xmm0, xmm1, xmm2',
    'c5 f5 fe c2  vpaddd ymm0, ymm1, ymm2',
    'c4 e2 71 a8 c2  vfmadd213ps xmm0, xmm1, xmm2',
    'c5 f8 77  vzeroupper',
  ),
];

/** Instructions that only 32-bit code has. */
export const PROTECTED_MODE: readonly InstructionCase[] = family(
  'old',
  '27  daa',
  '2f  das',
  '37  aaa',
  '3f  aas',
  'd4 0a  aam 0xa',
  'd5 0a  aad 0xa',
  'd6  salc',
  '60  pushad',
  '61  popad',
  '62 03  bound eax, qword ptr [ebx]',
  '63 d8  arpl ax, bx',
);
