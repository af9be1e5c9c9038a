/** A 16-bit gate in protected mode: CPUs push 16-bit words through it, PVM's emulator 32-bit ones. */
import { hazard } from '../../../helpers/hazard.js';
import { idt32 } from '../../../helpers/tables.js';

hazard('16-bit gates in protected mode push frames of 32 bits here', {
  mode: 'protected',
  skip: ({ rows }) =>
    rows.registers.some(({ name, value }) => name === 'rsp' && value === 0x7ff8n)
      ? 'this KVM pushes 16-bit frames, as CPUs do'
      : undefined,
  data: [idt32(0x101000, { 6: 0x40, 13: 0x60 }, { access: 0x8600n, selector: 0x28n })],
  listing: `
    100000  0f 01 1d 21 00 10 00  lidt [0x100021]
    100007  bc 00 80 00 00        mov esp, 0x8000
    10000c  c6 05 40 00 00 00 f4  mov byte ptr [0x40], 0xf4
    100013  c6 05 60 00 00 00 f4  mov byte ptr [0x60], 0xf4
    10001a  b8 30 12 00 00        mov eax, 0x1230
    10001f  8e d8                 mov ds, ax
    100021  ff 07                 db
    100023  00 10 10 00           db
  `,
  steps: `
    100000 lidt [0x100021] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 mov esp, 0x8000 | rsp 200000→8000
    10000c mov byte ptr [0x40], 0xf4 | [40]:1=f4
    100013 mov byte ptr [0x60], 0xf4 | [60]:1=f4
    10001a mov eax, 0x1230 | rax 0→1230; rsp 8000→7ff0; cs 8→28; cs_limit ffffffff→ffff; cs_attributes c09b→9b; [7ff0]:7=10001f00001230; [7ff8]:7=1000200000008
    -- fault 13 at 10001f code 1230
    60 hlt
  `,
  modifiesCode: true,
});
