/** Handlers that fault with their first instruction, or go where rip tells nothing. */
import { hazard } from '../../../helpers/hazard.js';
import { idt64 } from '../../../helpers/tables.js';

hazard('a handler whose first instruction faults with another vector: the second interrupts it', {
  mode: 'long',
  data: [idt64(0x101000, { 0: 0x100060, 6: 0x100040 })],
  listing: `
    100000  0f 01 1c 25 0d 00 10 00  lidt [0x10000d]
    100008  31 c9                 xor ecx, ecx
    10000a  0f 0b                 ud2
    10000c  f4                    hlt
    10000d  ff 0f                 db
    10000f  00 10 10 00 00 00 00 00  db
    100040  f7 f1                 div ecx
    100042  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    10004a  48 cf                 iretq
    100060  48 81 04 24 02 00 00 00  add qword ptr [rsp], 2
    100068  48 cf                 iretq
  `,
  steps: `
    100000 lidt [0x10000d] | idtr_base 0→101000; idtr_limit 0→fff
    100008 xor ecx, ecx | rsp 200000→1fffa8; +pf+zf; [1fffa8]:3=100040; [1fffb0]:1=8; [1fffb8]:3=10046; [1fffc0]:3=1fffd8; [1fffc8]:1=10; [1fffd8]:3=10000a; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 10000a
    -- fault 0 at 100040
    100060 add qword ptr [rsp], 2 | -zf; [1fffa8]:8=100042
    100068 iretq | rsp 1fffa8→1fffd8; +zf
    100042 add qword ptr [rsp], 2 | -zf; [1fffd8]:8=10000c
    10004a iretq | rsp 1fffd8→200000; +zf
    10000c hlt
  `,
});

// The vCPU stands at the handler each time: a breakpoint there would fire at once.
hazard(
  'a handler whose first instruction faults with the same vector, until the stack has no room',
  {
    mode: 'long',
    data: [idt64(0x101000, { 6: 0x100040 })],
    listing: `
    100000  0f 01 1c 25 10 00 10 00  lidt [0x100010]
    100008  bc 70 00 00 00        mov esp, 0x70
    10000d  0f 0b                 ud2
    10000f  f4                    hlt
    100010  ff 0f                 db
    100012  00 10 10 00 00 00 00 00  db
    100040  0f 0b                 ud2
  `,
    steps: `
    100000 lidt [0x100010] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov esp, 0x70 | rsp 200000→18; [18]:3=100040; [20]:1=8; [28]:3=10002; [30]:1=48; [38]:1=10; [48]:3=10000d; [50]:1=8; [58]:3=10002; [60]:1=70; [68]:1=10
    -- fault 6 at 10000d
    -- fault 6 at 100040
  `,
    stop: 'shutdown',
  },
);

hazard('a handler that is not in memory: its fetch faults in its turn', {
  mode: 'long',
  data: [idt64(0x101000, { 6: 0x7fffffff, 8: 0x100040, 14: 0x100060 })],
  listing: `
    100000  0f 01 1c 25 25 00 10 00  lidt [0x100025]
    100008  48 bb 00 10 ff ff 00 00 00 00  mov rbx, 0xffff1000
    100012  48 c7 43 08 00 00 00 00  mov qword ptr [rbx+8], 0
    10001a  0f 01 3c 25 ff ff ff 7f  invlpg [0x7fffffff]
    100022  0f 0b                 ud2
    100024  f4                    hlt
    100025  ff 0f                 db
    100027  00 10 10 00 00 00 00 00  db
    100040  f4                    hlt
    100060  0f 20 d0              mov rax, cr2
    100063  f4                    hlt
  `,
  steps: `
    100000 lidt [0x100025] | idtr_base 0→101000; idtr_limit 0→fff
    100008 mov rbx, 0xffff1000 | rbx 0→ffff1000
    100012 mov qword ptr [rbx+8], 0 | [ffff1008]:8=0
    10001a invlpg [0x7fffffff] | rsp 200000→1fffa0; cr2 0→7fffffff; [1fffa8]:4=7fffffff; [1fffb0]:1=8; [1fffb8]:3=10002; [1fffc0]:3=1fffd8; [1fffc8]:1=10; [1fffd8]:3=100022; [1fffe0]:1=8; [1fffe8]:3=10002; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 6 at 100022
    -- fault 14 at 7fffffff code 0 cr2 7fffffff
    100060 mov rax, cr2 | rax 0→7fffffff
    100063 hlt
  `,
});

hazard('the fault of the very first instruction: it counts to the initial state', {
  mode: 'long',
  listing: `
    100000  0f 0b                 ud2
  `,
  steps: `
  `,
  stop: 'shutdown',
});

// After the fault and the jump rip is where it would be had there been no fault.
hazard('a handler that jumps right behind the instruction that faulted', {
  mode: 'long',
  data: [idt64(0x101000, { 0: 0x100040, 14: 0x100050 })],
  listing: `
    100000  0f 01 1c 25 1a 00 10 00  lidt [0x10001a]
    100008  31 c9                 xor ecx, ecx
    10000a  f7 f1                 div ecx
    10000c  48 bb bc 9a 78 56 34 12 00 00  mov rbx, 0x123456789abc
    100016  48 8b 03              mov rax, [rbx]
    100019  f4                    hlt
    10001a  ff 0f                 db
    10001c  00 10 10 00 00 00 00 00  db
    100040  e9 c7 ff ff ff        jmp 0x10000c
    100050  e9 c4 ff ff ff        jmp 0x100019
  `,
  steps: `
    100000 lidt [0x10001a] | idtr_base 0→101000; idtr_limit 0→fff
    100008 xor ecx, ecx | rsp 200000→1fffd8; +pf+zf; [1fffd8]:3=10000a; [1fffe0]:1=8; [1fffe8]:3=10046; [1ffff2]:1=20; [1ffff8]:1=10
    -- fault 0 at 10000a
    100040 jmp 0x10000c
    10000c mov rbx, 0x123456789abc | rbx 0→123456789abc; rsp 1fffd8→1fffa0; cr2 0→123456789abc; [1fffa8]:3=100016; [1fffb0]:1=8; [1fffb8]:3=10046; [1fffc0]:3=1fffd8; [1fffc8]:1=10
    -- fault 14 at 100016 code 0 cr2 123456789abc
    100050 jmp 0x100019
    100019 hlt
  `,
});
