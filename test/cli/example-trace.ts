/** A trace in which something of every kind happens, for the commands to show. */
import type { Fixture } from '../helpers/fixture-trace.js';

export const EXAMPLE: Fixture = {
  meta: {
    guest: 'example.elf',
    guest_format: 'elf',
    mode: 'long',
    memory: 0x10000,
    entry: 0x1000,
    final_rip: 0x1030,
    stop_detail: 'the guest halted with interrupts disabled',
  },
  initial: {
    rsp: 0x8000,
    rdi: 0x2000,
    rcx: 0x20,
    cs: 8,
    cs_base: 0,
    cs_limit: 0xffffffff,
    cs_attributes: 0xa09b,
    ss: 0x10,
    ss_base: 0,
    gdtr_base: 0x6000,
    gdtr_limit: 0x47,
    cr0: 0x11,
    cr3: 0x4000,
    efer: 0,
    dr7: 0x400,
    xmm0_0: 0x1122334455667788n,
  },
  slots: [
    { gpa: 0, size: 0x10000 },
    { gpa: 0xffff0000, size: 0x10000, purpose: 'rom' },
  ],
  pages: { 3: Buffer.from('Hello, trace!\n') },
  symbols: [
    { address: 0x1000, size: 0x20, name: 'start' },
    { address: 0x1020, size: 0, name: 'handler' },
    { address: 0x3000, size: 14, name: 'greeting' },
  ],
  steps: [
    { rip: 0x1000, bytes: 'ffc0', text: 'inc eax', registers: { rax: 1 } },
    {
      rip: 0x1002,
      bytes: '50',
      text: 'push rax',
      registers: { rsp: 0x7ff8 },
      memory: [{ gpa: 0x7ff8, size: 8, value: 1 }],
    },
    { rip: 0x1003, bytes: '31c0', text: 'xor eax, eax', registers: { rax: 0, rflags: 0x46 } },
    {
      rip: 0x1005,
      bytes: 'f3aa',
      text: 'rep stosb',
      registers: { rcx: 0, rdi: 0x2020 },
      memory: [0, 8, 16, 24].map((offset) => ({
        gpa: 0x2000 + offset,
        size: 8,
        value: 0x4141414141414141n,
      })),
    },
    { rip: 0x1007, bytes: 'e6e9', text: 'out 0xe9, al', out: [0xe9, 'a'] },
    { rip: 0x1009, bytes: 'e620', text: 'out 0x20, al', out: [0x20, ' '] },
    { rip: 0x100b, bytes: 'ec', text: 'in al, dx', in: [0x3fd, '`'], registers: { rax: 0x60 } },
    { rip: 0x100c, bytes: 'f36e', text: 'rep outsb', out: [0x3f8, 'two\nlines'] },
    {
      rip: 0x100e,
      bytes: '48b8efcdab8967452301',
      text: 'mov rax, 0x123456789abcdef',
      registers: { rax: 0x123456789abcdefn },
    },
    { rip: 0x1018, bytes: '8b03', text: 'mov eax, [rbx]', registers: { rax: 0xffffffff } },
    { rip: 0x101a, bytes: '0f0b', text: 'ud2', registers: { rsp: 0x7fd0, rflags: 0x42 } },
    { rip: 0x1020, bytes: '0f31', text: 'rdtsc', registers: { rax: 7, rdx: 1 } },
    { rip: 0x1022, bytes: 'f4', text: 'hlt' },
  ],
  sql: `
    INSERT INTO mmio (step, gpa, direction, size, data)
      VALUES (9, 0xfee00000, 'read', 4, x'ffffffff'), (9, 0xfee00004, 'write', 1, x'05');
    INSERT INTO interruption (step, vector, kind, error_code, cr2, rip, assisted) VALUES
      (11, 6, 'fault', NULL, NULL, 0x101a, 0), (12, 14, 'fault', 2, 0x5000, 0x1020, 0),
      (13, 0x20, 'interrupt', NULL, NULL, 0x1023, 1);
    INSERT INTO assisted VALUES (10);
    INSERT INTO input_value (step, kind, value) VALUES (11, 'tsc', 0x100000007);`,
};
