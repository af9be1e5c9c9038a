/** QEMU as a machine in the state in which the trace's guest starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, sourcePath } from '../helpers/build.js';
import { ramSlot, writeRamFile } from '../helpers/memory.js';
import type { OracleTrace } from '../helpers/trace.js';
import { singleInstructionOptions } from './version.js';
import { runLogged } from './process.js';
import { readLog, type LogEntry } from './log.js';

/**
 * The ROM: 64 KiB of ones, which stand for MMIO that nobody answers (QEMU itself would read zero
 * there, and writes to a ROM are lost as they are in kvmtrace's), then the last 64 KiB below 4 GiB
 * with the boot tables and the boot code.
 */
const ROM_BYTES = 0x20000;
const ROM_GPA = 0x1_0000_0000 - ROM_BYTES;
const TABLES_GPA = 0xffff0000;
const BOOT_CODE_GPA = 0xfffff000;

export interface QemuOptions {
  /**
   * Without a local APIC there is no CR8; with it the PICs' interrupts do not come before firmware
   * has set it up.
   */
  readonly apic?: boolean;
}

export interface QemuRun {
  readonly entries: AsyncIterable<LogEntry>;
  /** Holds the guest's RAM once `entries` has ended. */
  readonly ramPath: string;
}

/** Starts the guest of a trace in QEMU, from the trace's state 0 on. */
export function runInQemu(
  trace: OracleTrace,
  directory: string,
  options: QemuOptions = {},
): QemuRun {
  const { parameters, ramPath } = machineOf(trace, directory, options);
  const logged = [...singleInstructionOptions(), ...parameters, '-d', 'cpu,exec,nochain,int'];
  return { entries: readLog(runLogged(logged, directory)), ramPath };
}

/** The files of a machine in which the guest of a trace starts, and QEMU's parameters for it. */
export function machineOf(
  trace: OracleTrace,
  directory: string,
  { apic = true }: QemuOptions = {},
): { readonly parameters: readonly string[]; readonly ramPath: string } {
  const ramPath = join(directory, 'qemu-ram');
  writeRamFile(trace, ramPath);
  const rom = Buffer.alloc(ROM_BYTES, 0xff);
  rom.fill(0, TABLES_GPA - ROM_GPA);
  for (const { gpa, data } of trace.initialMemory()) {
    if (gpa >= TABLES_GPA) data.copy(rom, gpa - ROM_GPA);
  }
  bootCode(trace, rom, directory).copy(rom, BOOT_CODE_GPA - ROM_GPA);
  const romPath = join(directory, 'qemu-rom');
  writeFileSync(romPath, rom);
  const megabytes = ramSlot(trace).size / 1024 ** 2;
  const parameters = [
    ...[
      '-machine',
      'pc,memory-backend=ram,vmport=off',
      '-cpu',
      apic ? 'max' : 'max,-apic',
      '-m',
      `${megabytes}M`,
    ],
    ...['-object', `memory-backend-file,id=ram,size=${megabytes}M,mem-path=${ramPath},share=on`],
    ...['-nodefaults', '-display', 'none', '-serial', 'null', '-no-reboot', '-bios', romPath],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ];
  return { parameters, ramPath };
}

/** Assembles boot.S for the registers of state 0. */
function bootCode(trace: OracleTrace, rom: Buffer, directory: string): Buffer {
  const cursor = trace.cursor();
  cursor.next();
  const ids = trace.registerIds();
  const value = (name: string): bigint => cursor.values[ids.get(name)!]!;
  const bits = cursor.instruction!.mode;
  const defines: Record<string, bigint> = {
    BITS: BigInt(bits),
    ENTRY: cursor.rip,
    STACK: value('rsp'),
  };
  if (bits !== 16) {
    const gdt = Number(value('gdtr_base')) - ROM_GPA;
    const descriptor = (selector: bigint): bigint => rom.readBigUInt64LE(gdt + Number(selector));
    Object.assign(defines, {
      ...{ CR0: value('cr0'), CR3: value('cr3'), CR4: value('cr4'), EFER: value('efer') },
      ...{ GDT_BASE: value('gdtr_base'), GDT_LIMIT: value('gdtr_limit') },
      CODE: descriptor(value('cs')),
      TSS: descriptor(value('tr')) & ~(2n << 40n),
    });
  }
  cursor.close();
  const path = join(directory, 'boot');
  const options = Object.entries(defines).map(
    ([name, number]) => `-D${name}=0x${number.toString(16)}`,
  );
  run('gcc', '-c', ...options, '-o', `${path}.o`, sourcePath('qemu/boot.S'));
  run('ld', '-Ttext', '0xfffff000', '-e', '0', '--oformat', 'binary', '-o', path, `${path}.o`);
  return readFileSync(path);
}
