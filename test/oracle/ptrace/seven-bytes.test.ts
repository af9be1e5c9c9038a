/**
 * Seven bytes of a REP MOVSB are one row of 7 bytes, whose value needs more than the 53 bits that a
 * double holds: the last bits must not be rounded away.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kvmTest } from '../../helpers/kvm.js';
import { assembleFlat, withDirectory } from '../helpers/build.js';
import { record } from '../helpers/record.js';
import { OracleTrace } from '../helpers/trace.js';

const SOURCE = `
  .intel_syntax noprefix
  mov esi, offset from
  mov edi, offset to
  mov ecx, 7
  rep movsb
  mov al, 0
  out 0xf4, al
  .balign 16
from: .byte 0x33, 0xde, 0x00, 0x5a, 0xba, 0x3d, 0xf5
  .balign 16
to: .space 16
`;

kvmTest('a row of seven bytes is exact', async (t) => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'guest.bin');
    writeFileSync(`${path}.S`, SOURCE);
    assembleFlat(`${path}.S`, 0x100000, path);
    const { trace } = await record({ path, mode: 'long', load: 0x100000 }, directory);
    using rows = new OracleTrace(trace);
    const values = [...rows.memoryWrites()].map(([, size, value]) => [size, value]);
    t.deepEqual(values, [[7n, 0xf53dba5a00de33n]]);
  });
});
