/** PUSHF, POPF and other instructions on flags: the guest does not see the stepper's TF. */
import { hazard } from '../../../helpers/hazard.js';

hazard('PUSHF shows no TF of ours in real mode, and POPF takes what it is given', {
  mode: 'real',
  listing: `
    7c00  9c                    pushf
    7c01  58                    pop ax
    7c02  9c                    pushf
    7c03  66 9c                 pushfd
    7c05  66 58                 pop eax
    7c07  b8 d7 0e              mov ax, 0xed7
    7c0a  50                    push ax
    7c0b  9d                    popf
    7c0c  9c                    pushf
    7c0d  58                    pop ax
    7c0e  68 02 00              push 2
    7c11  9d                    popf
    7c12  f4                    hlt
  `,
  steps: `
    7c00 pushf | rsp 7c00→7bfe; [7bfe]:2=2
    7c01 pop ax | rax 0→2; rsp 7bfe→7c00
    7c02 pushf | rsp 7c00→7bfe
    7c03 pushfd | rsp 7bfe→7bfa; [7bfa]:4=2
    7c05 pop eax | rsp 7bfa→7bfe
    7c07 mov ax, 0xed7 | rax 2→ed7
    7c0a push ax | rsp 7bfe→7bfc; [7bfc]:2=ed7
    7c0b popf | rsp 7bfc→7bfe; +cf+pf+af+zf+sf+if+df+of
    7c0c pushf | rsp 7bfe→7bfc
    7c0d pop ax | rsp 7bfc→7bfe
    7c0e push 2 | rsp 7bfe→7bfc; [7bfc]:2=2
    7c11 popf | rsp 7bfc→7bfe; -cf-pf-af-zf-sf-if-df-of
    7c12 hlt
  `,
});

hazard('PUSHFD and POPFD in protected mode', {
  mode: 'protected',
  listing: `
    100000  9c                    pushfd
    100001  58                    pop eax
    100002  68 d7 0e 24 00        push 0x240ed7
    100007  9d                    popfd
    100008  9c                    pushfd
    100009  58                    pop eax
    10000a  68 02 00 00 00        push 2
    10000f  9d                    popfd
    100010  f4                    hlt
  `,
  steps: `
    100000 pushfd | rsp 200000→1ffffc; [1ffffc]:4=2
    100001 pop eax | rax 0→2; rsp 1ffffc→200000
    100002 push 0x240ed7 | rsp 200000→1ffffc; [1ffffc]:4=240ed7
    100007 popfd | rsp 1ffffc→200000; +cf+pf+af+zf+sf+if+df+of+ac+id
    100008 pushfd | rsp 200000→1ffffc
    100009 pop eax | rax 2→240ed7; rsp 1ffffc→200000
    10000a push 2 | rsp 200000→1ffffc; [1ffffc]:4=2
    10000f popfd | rsp 1ffffc→200000; -cf-pf-af-zf-sf-if-df-of-ac-id
    100010 hlt
  `,
});

hazard('PUSHFQ and POPFQ in long mode', {
  mode: 'long',
  listing: `
    100000  9c                    pushfq
    100001  58                    pop rax
    100002  68 d7 0e 24 00        push 0x240ed7
    100007  9d                    popfq
    100008  9c                    pushfq
    100009  58                    pop rax
    10000a  68 02 00 00 00        push 2
    10000f  9d                    popfq
    100010  66 9c                 pushf
    100012  66 58                 pop ax
    100014  f4                    hlt
  `,
  steps: `
    100000 pushfq | rsp 200000→1ffff8; [1ffff8]:8=2
    100001 pop rax | rax 0→2; rsp 1ffff8→200000
    100002 push 0x240ed7 | rsp 200000→1ffff8; [1ffff8]:8=240ed7
    100007 popfq | rsp 1ffff8→200000; +cf+pf+af+zf+sf+if+df+of+ac+id
    100008 pushfq | rsp 200000→1ffff8
    100009 pop rax | rax 2→240ed7; rsp 1ffff8→200000
    10000a push 2 | rsp 200000→1ffff8; [1ffff8]:8=2
    10000f popfq | rsp 1ffff8→200000; -cf-pf-af-zf-sf-if-df-of-ac-id
    100010 pushf | rsp 200000→1ffffe; [1ffffe]:2=2
    100012 pop ax | rax 240ed7→240002; rsp 1ffffe→200000
    100014 hlt
  `,
});

// kvm-stepping: KVM_GUESTDBG_SINGLESTEP takes the flag for itself.
hazard("a TF of the guest's own is lost while stepping, not seen as a step or a trap", {
  mode: 'long',
  listing: `
    100000  68 02 01 00 00        push 0x102
    100005  9d                    popfq
    100006  90                    nop
    100007  9c                    pushfq
    100008  58                    pop rax
    100009  f4                    hlt
  `,
  steps: `
    100000 push 0x102 | rsp 200000→1ffff8; [1ffff8]:8=102
    100005 popfq | rsp 1ffff8→200000
    100006 nop
    100007 pushfq | rsp 200000→1ffff8; [1ffff8]:8=2
    100008 pop rax | rax 0→2; rsp 1ffff8→200000
    100009 hlt
  `,
});

hazard('LAHF, SAHF, CLC, STC, CMC, CLD, STD', {
  mode: 'long',
  listing: `
    100000  b4 ff                 mov ah, 0xff
    100002  9e                    sahf
    100003  9f                    lahf
    100004  f8                    clc
    100005  f9                    stc
    100006  f5                    cmc
    100007  fd                    std
    100008  fc                    cld
    100009  f4                    hlt
  `,
  steps: `
    100000 mov ah, 0xff | rax 0→ff00
    100002 sahf | +cf+pf+af+zf+sf
    100003 lahf | rax ff00→d700
    100004 clc | -cf
    100005 stc | +cf
    100006 cmc | -cf
    100007 std | +df
    100008 cld | -df
    100009 hlt
  `,
});
