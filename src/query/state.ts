import { isLongMode } from '../x86/control-bits.js';
import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import { inputError } from '../base/errors.js';
import { REGISTER_RFLAGS } from '../trace/format/registers.js';
import type { ExecutedStep, Instruction } from '../trace/read/instructions.js';
import type { RegisterValue } from '../trace/read/registers.js';
import type { SymbolOffset } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { Translation, TranslationFault } from '../x86/page-walk.js';
import type { PhysicalRange } from './last-writes.js';
import type { PhysicalMemory } from './physical-memory.js';
import { VirtualMemory, type MemoryRead } from './virtual-memory.js';

/** The most bytes that one read may ask for: a bound on memory, not on the guest. */
export const MAX_READ_BYTES = 64 * 1024 * 1024;

/** L, in the attributes of a code segment. */
const CS_LONG = 1n << 13n;

/**
 * The machine just before a step: its registers and its memory, looked up when asked for.
 *
 * Values and linear addresses are unsigned bigints; physical addresses are numbers.
 */
export class State {
  /** State n is that before step n; the last state has no step. */
  readonly step: number;
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;
  #virtual: VirtualMemory | undefined;
  #executed: readonly ExecutedStep[] | undefined;

  /** Use `Trace.state`. */
  constructor(file: TraceFile, memory: PhysicalMemory, step: number) {
    this.#file = file;
    this.#memory = memory;
    this.step = step;
  }

  /** What runs next; undefined in the last state. */
  get instruction(): Instruction | undefined {
    this.#executed ??= this.#file.instructions.steps(this.step, this.step + 1);
    return this.#executed[0]?.instruction;
  }

  /** Undefined only in the last state of a trace that is not complete. */
  get rip(): bigint | undefined {
    return this.instruction?.rip ?? finalRip(this.#file);
  }

  /** Linear address of what runs next: rip with the base of cs. Undefined as `rip` is. */
  get address(): bigint | undefined {
    const { instruction, rip } = this;
    if (instruction !== undefined) return instruction.address;
    if (rip === undefined) return undefined;
    const value = (name: string): bigint => this.register(name) ?? 0n;
    const isLong = isLongMode(value('efer')) && (value('cs_attributes') & CS_LONG) !== 0n;
    // 64-bit mode takes the base of cs as zero (SDM vol. 3, 3.4.4).
    return isLong ? rip : BigInt.asUintN(32, rip + value('cs_base'));
  }

  /** The symbol that the next instruction belongs to. */
  get symbol(): SymbolOffset | undefined {
    const { address } = this;
    return address === undefined ? undefined : this.#file.symbols.at(address);
  }

  /**
   * The value of a register by its name in `register` (`rax`, `cr3`, `cs_base`, `xmm0_0`) or `rip`;
   * undefined if the trace does not record it.
   */
  register(name: string): bigint | undefined {
    if (name === 'rip') return this.rip;
    const register = this.#file.registers.named(name);
    if (register === undefined) return undefined;
    return this.#file.registers.last(register.id, this.step)?.value;
  }

  /** rax to r15 and rflags, in the order of `register`. */
  generalRegisters(): RegisterValue[] {
    return this.#file.registers.values(this.step, 0, REGISTER_RFLAGS + 1);
  }

  /** Every register that the trace records, in the order of `register`; without rip. */
  registers(): RegisterValue[] {
    return this.#file.registers.values(this.step);
  }

  /** Up to `length` bytes of guest-physical memory: fewer, with a fault, where memory ends. */
  readPhysical(gpa: number, length: number): MemoryRead {
    checkLength(length);
    const bytes = this.#memory.read(gpa, length, this.step);
    const end = BigInt(gpa) + BigInt(bytes.length);
    return {
      address: BigInt(gpa),
      bytes,
      fault: bytes.length < length ? { address: end, reason: 'no-memory', level: 0 } : undefined,
    };
  }

  /** Up to `length` bytes of linear memory through this state's page tables. */
  readVirtual(gva: bigint, length: number): MemoryRead {
    checkLength(length);
    return this.#paging().read(BigInt.asUintN(64, gva), length);
  }

  /** Where this state's page tables map a linear address, or the fault. */
  translate(gva: bigint): Translation | TranslationFault {
    return this.#paging().translate(BigInt.asUintN(64, gva));
  }

  /**
   * Where this state's page tables map a range of linear memory: a piece a page.
   *
   * @throws KvmtraceError (exit code 2) where a part of it is not mapped
   */
  physicalRanges(gva: bigint, length: number): PhysicalRange[] {
    const pieces: PhysicalRange[] = [];
    for (let done = 0; done < length;) {
      const address = BigInt.asUintN(64, gva + BigInt(done));
      const inPage = Math.min(length - done, PAGE_BYTES - Number(address % BigInt(PAGE_BYTES)));
      const page = this.translate(address);
      if (page.kind === 'fault') throw inputError(`${hex(address)} is not mapped.`);
      pieces.push({ gpa: page.gpa, length: inPage });
      done += inPage;
    }
    return pieces;
  }

  #paging(): VirtualMemory {
    if (this.#virtual === undefined) {
      const value = (name: string): bigint => this.register(name) ?? 0n;
      this.#virtual = new VirtualMemory(
        { cr0: value('cr0'), cr3: value('cr3'), cr4: value('cr4'), efer: value('efer') },
        (gpa, length) => this.#memory.read(gpa, length, this.step),
      );
    }
    return this.#virtual;
  }
}

function checkLength(length: number): void {
  if (Number.isSafeInteger(length) && length >= 0 && length <= MAX_READ_BYTES) return;
  throw inputError(
    `${length} bytes of memory cannot be read at once: ask for at most ${MAX_READ_BYTES} (${MAX_READ_BYTES / PAGE_BYTES} pages).`,
  );
}

/** `meta.final_rip`: an integer, or text where it does not fit one. */
function finalRip({ meta }: TraceFile): bigint | undefined {
  const value = meta.get('final_rip');
  if (typeof value === 'bigint') return BigInt.asUintN(64, value);
  if (typeof value !== 'string' || !/^(?:0x[0-9a-f]+|\d+)$/i.test(value)) return undefined;
  return BigInt.asUintN(64, BigInt(value));
}
