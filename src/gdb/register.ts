/** Which registers gdb is told of, in which order, and what each is in a state. */
import type { RegisterSource } from './register-source.js';
import { fullTagWord, stackRegister } from './x87.js';

/** The operand size of the code that gdb is to take the guest for. */
export type Bits = 16 | 32 | 64;

/** A register of the target description. */
export interface GdbRegister {
  readonly name: string;
  readonly bits: number;
  /** Of the target description: a type that gdb has, or one that its feature defines. */
  readonly type: string;
  /** `float` or `vector`: `info registers` leaves those out. */
  readonly group?: string;
  read(source: RegisterSource): bigint | undefined;
}

/** A feature of the target description (gdb manual, "i386 Features"). */
export interface Feature {
  readonly name: string;
  readonly registers: readonly GdbRegister[];
}

/** gdb numbers these registers by their order here: that of the core feature is its own. */
const GENERAL_64 = [
  ...['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];
const GENERAL_32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'];
const POINTERS = ['rbp', 'rsp', 'ebp', 'esp'];

/** A register that the trace has under the same name. */
function same(name: string, bits: number, type: string, group?: string): GdbRegister {
  const read = (source: RegisterSource): bigint | undefined => source(name);
  return { name, bits, type, ...(group === undefined ? {} : { group }), read };
}

function generalRegister(name: string, bits: number): GdbRegister {
  const type = POINTERS.includes(name) ? 'data_ptr' : `int${bits}`;
  const recorded = name.replace(/^e/, 'r');
  return { name, bits, type, read: (source) => source(recorded) };
}

function coreFeature(bits: Bits): Feature {
  const wide = bits === 64;
  const width = wide ? 64 : 32;
  const general = (wide ? GENERAL_64 : GENERAL_32).map((name) => generalRegister(name, width));
  return {
    name: 'org.gnu.gdb.i386.core',
    registers: [
      ...general,
      {
        name: wide ? 'rip' : 'eip',
        bits: width,
        type: 'code_ptr',
        // Linear, not the offset in the code segment: gdb takes it for an address of memory.
        read: (source) => source('pc'),
      },
      { name: 'eflags', bits: 32, type: 'i386_eflags', read: (source) => source('rflags') },
      ...SEGMENTS.map((name) => same(name, 32, 'int32')),
      ...Array.from({ length: 8 }, (_, index) => ({
        name: `st${index}`,
        bits: 80,
        type: 'i387_ext',
        read: (source: RegisterSource) => stackRegister(source, index),
      })),
      ...x87Control(),
    ],
  };
}

/** Selectors are not recorded; the offsets are. */
function x87Control(): GdbRegister[] {
  const control = (name: string, read: GdbRegister['read']): GdbRegister => {
    return { name, bits: 32, type: 'int', group: 'float', read };
  };
  const isRecorded = (source: RegisterSource): bigint | undefined =>
    source('fcw') === undefined ? undefined : 0n;
  return [
    control('fctrl', (source) => source('fcw')),
    control('fstat', (source) => source('fsw')),
    control('ftag', fullTagWord),
    control('fiseg', isRecorded),
    control('fioff', (source) => source('fip')),
    control('foseg', isRecorded),
    control('fooff', (source) => source('fdp')),
    control('fop', (source) => source('fop')),
  ];
}

/** 128 bits of a vector register from two of the trace's. */
function pair(name: string, low: string, high: string, type: string): GdbRegister {
  return {
    name,
    bits: 128,
    type,
    group: 'vector',
    read: (source) => {
      const [lower, upper] = [source(low), source(high)];
      return lower === undefined || upper === undefined ? undefined : (upper << 64n) | lower;
    },
  };
}

function vectorFeatures(bits: Bits): Feature[] {
  const indexes = Array.from({ length: bits === 64 ? 16 : 8 }, (_, index) => index);
  return [
    {
      name: 'org.gnu.gdb.i386.sse',
      registers: [
        ...indexes.map((i) => pair(`xmm${i}`, `xmm${i}_0`, `xmm${i}_1`, 'vec128')),
        same('mxcsr', 32, 'i386_mxcsr', 'vector'),
      ],
    },
    {
      name: 'org.gnu.gdb.i386.avx',
      registers: indexes.map((i) => pair(`ymm${i}h`, `ymm${i}_2`, `ymm${i}_3`, 'uint128')),
    },
  ];
}

const BASES = ['fs_base', 'gs_base'];
/** Model-specific registers are many: `monitor registers msr` has them. */
const TOLD_ELSEWHERE =
  /^(?:r[a-d]x|r[sd]i|r[sb]p|r\d+|rflags|[c-gs]s|st\d.*|xmm.*|ymm.*|f(?:cw|sw|tw|op|ip|dp)|mxcsr|msr_.*)$/;

/** Everything of a trace that is no part of gdb's own features. */
function systemFeature(bits: Bits, recorded: readonly { name: string; bits: number }[]): Feature {
  const registers = recorded
    // Names of a trace are untrusted: what is no name of a register cannot stand in XML either.
    .filter(({ name }) => /^[a-z][a-z0-9_]*$/.test(name))
    .filter(({ name }) => !TOLD_ELSEWHERE.test(name) && !(bits === 64 && BASES.includes(name)))
    .map((each) => same(each.name, byteBits(each.bits), `uint${byteBits(each.bits)}`, 'system'));
  return {
    name: 'org.kvmtrace.system',
    registers: [
      ...registers,
      // The offset in the code segment, which is not `rip` where its base is not zero.
      { name: 'ip', bits: 64, type: 'uint64', group: 'system', read: (source) => source('rip') },
    ],
  };
}

/** The width of an integer type that holds so many bits. */
function byteBits(bits: number): number {
  return [8, 16, 32, 64].find((each) => each >= bits)!;
}

/**
 * The features of the target description for code of an operand size.
 *
 * @param recorded the registers of the trace
 */
export function featuresFor(
  bits: Bits,
  recorded: readonly { readonly name: string; readonly bits: number }[],
): Feature[] {
  return [
    coreFeature(bits),
    ...vectorFeatures(bits),
    ...(bits === 64
      ? [
          {
            name: 'org.gnu.gdb.i386.segments',
            registers: BASES.map((name) => same(name, 64, 'int')),
          },
        ]
      : []),
    systemFeature(bits, recorded),
  ];
}
