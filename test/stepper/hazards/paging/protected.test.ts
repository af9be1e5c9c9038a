/** Paging without long mode, where the KVM has it. */
import { hazard } from '../../../helpers/hazard.js';
import { idt32, quadsAt } from '../../../helpers/tables.js';

// PVM shuts the vCPU down at MOV CR0 ("supports paging only in long mode", its log says). The steps
// below follow from the SDM; they have not been seen.
hazard('#PF in protected mode with PAE paging', {
  mode: 'protected',
  skip: ({ result }) =>
    result.stopReason === 'shutdown' && result.detail.includes('0x10001f')
      ? 'this KVM has no paging outside of long mode'
      : undefined,
  data: [
    idt32(0x101000, { 14: 0x100060 }),
    // The page directory pointers, and the directories of the first and of the last gigabyte.
    quadsAt(0x110000, [0x111001n, 0n, 0n, 0x112001n]),
    quadsAt(0x111000, [0xe3n]),
    quadsAt(0x112ff8, [0xffe000e3n]),
  ],
  listing: `
    100000  0f 01 1d 2e 00 10 00  lidt [0x10002e]
    100007  0f 20 e0              mov eax, cr4
    10000a  0c 20                 or al, 0x20
    10000c  0f 22 e0              mov cr4, eax
    10000f  b8 00 00 11 00        mov eax, 0x110000
    100014  0f 22 d8              mov cr3, eax
    100017  0f 20 c0              mov eax, cr0
    10001a  0d 00 00 00 80        or eax, 0x80000000
    10001f  0f 22 c0              mov cr0, eax
    100022  a1 00 00 40 00        mov eax, [0x400000]
    100027  ff 05 04 00 40 00     inc dword ptr [0x400004]
    10002d  f4                    hlt
    10002e  ff 07 00 10 10 00     db
    100060  c7 05 10 10 11 00 e3 00 00 00  mov dword ptr [0x111010], 0xe3
    10006a  83 c4 04              add esp, 4
    10006d  0f 20 d3              mov ebx, cr2
    100070  cf                    iretd
  `,
  steps: `
    100000 lidt [0x10002e] | idtr_base 0→101000; idtr_limit 0→7ff
    100007 mov eax, cr4 | rax 0→600
    10000a or al, 0x20 | rax 600→620
    10000c mov cr4, eax | cr4 600→620
    10000f mov eax, 0x110000 | rax 620→110000
    100014 mov cr3, eax | cr3 0→110000
    100017 mov eax, cr0 | rax 110000→50033
    10001a or eax, 0x80000000 | rax 50033→80050033; +pf+sf
    10001f mov cr0, eax | rsp 200000→1ffff0; cr0 50033→80050033; cr2 0→400000; [1ffff4]:3=100022; [1ffff8]:7=1008600000008
    -- fault 14 at 100022 code 0 cr2 400000
    100060 mov dword ptr [0x111010], 0xe3 | [111010]:4=e3
    10006a add esp, 4 | rsp 1ffff0→1ffff4; -pf-sf
    10006d mov ebx, cr2 | rbx 0→400000
    100070 iretd | rsp 1ffff4→200000; +pf+sf
    100022 mov eax, [0x400000] | rax 80050033→0
    100027 inc dword ptr [0x400004] | -pf-sf; [4]:4=1
    10002d hlt
  `,
});
