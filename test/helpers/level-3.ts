/** How guests in protected mode get to level 3. */
import { quadsAt } from './tables.js';

/** At 0x102000: code and data of level 0, then of level 3, and a TSS at 0x103000. */
export const LEVEL_3_GDT = quadsAt(0x102000, [
  0n,
  0x00cf9b000000ffffn,
  0x00cf93000000ffffn,
  0x00cffb000000ffffn,
  0x00cff3000000ffffn,
  0x000089103000006fn,
]);

/**
 * Listing of 0x10000e to 0x10004c, once the GDT is loaded: the TSS gives level 0 the stack 0x10:0x9000,
 * and IRETD goes on at 0x10004d in level 3 with the stack 0x23:0x8000.
 */
export const ENTER_LEVEL_3 = `
    10000e  c7 05 04 30 10 00 00 90 00 00  mov dword ptr [0x103004], 0x9000
    100018  c7 05 08 30 10 00 10 00 00 00  mov dword ptr [0x103008], 0x10
    100022  66 c7 05 66 30 10 00 68 00  mov word ptr [0x103066], 0x68
    10002b  b8 28 00 00 00        mov eax, 0x28
    100030  0f 00 d8              ltr ax
    100033  68 23 00 00 00        push 0x23
    100038  68 00 80 00 00        push 0x8000
    10003d  68 02 00 00 00        push 2
    100042  68 1b 00 00 00        push 0x1b
    100047  68 4d 00 10 00        push 0x10004d
    10004c  cf                    iretd
`;
