/** Accesses to addresses without memory: each a step, with what was read and written. */
import { hazard } from '../../../helpers/hazard.js';

hazard('MMIO reads of 1, 2, 4 and 8 bytes in long mode: unknown addresses read as ones', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  8a 03                 mov al, [rbx]
    100007  66 8b 03              mov ax, [rbx]
    10000a  8b 03                 mov eax, [rbx]
    10000c  48 8b 03              mov rax, [rbx]
    10000f  0f b6 0b              movzx ecx, byte ptr [rbx]
    100012  48 0f bf 4b 04        movsx rcx, word ptr [rbx+4]
    100017  48 3b 4b 08           cmp rcx, [rbx+8]
    10001b  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 mov al, [rbx] | rax 0→ff; read 10000000:1=ff
    100007 mov ax, [rbx] | rax ff→ffff; read 10000000:2=ffff
    10000a mov eax, [rbx] | rax ffff→ffffffff; read 10000000:4=ffffffff
    10000c mov rax, [rbx] | rax ffffffff→ffffffffffffffff; read 10000000:8=ffffffffffffffff
    10000f movzx ecx, byte ptr [rbx] | rcx 0→ff; read 10000000:1=ff
    100012 movsx rcx, word ptr [rbx+4] | rcx ff→ffffffffffffffff; read 10000004:2=ffff
    100017 cmp rcx, [rbx+8] | +pf+zf; read 10000008:8=ffffffffffffffff
    10001b hlt
  `,
});

hazard('MMIO writes of 1, 2, 4 and 8 bytes in long mode', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  48 b8 11 22 33 44 55 66 77 88  mov rax, 0x8877665544332211
    10000f  88 03                 mov [rbx], al
    100011  66 89 03              mov [rbx], ax
    100014  89 03                 mov [rbx], eax
    100016  48 89 03              mov [rbx], rax
    100019  c6 43 01 05           mov byte ptr [rbx+1], 5
    10001d  48 c7 43 08 fe ff ff ff  mov qword ptr [rbx+8], 0xfffffffffffffffe
    100025  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 mov rax, 0x8877665544332211 | rax 0→8877665544332211
    10000f mov [rbx], al | write 10000000:1=11
    100011 mov [rbx], ax | write 10000000:2=1122
    100014 mov [rbx], eax | write 10000000:4=11223344
    100016 mov [rbx], rax | write 10000000:8=1122334455667788
    100019 mov byte ptr [rbx+1], 5 | write 10000001:1=05
    10001d mov qword ptr [rbx+8], 0xfffffffffffffffe | write 10000008:8=feffffffffffffff
    100025 hlt
  `,
});

hazard('MMIO reads and writes in real mode', {
  mode: 'real',
  listing: `
    7c00  b8 00 b8              mov ax, 0xb800
    7c03  8e c0                 mov es, ax
    7c05  b8 34 12              mov ax, 0x1234
    7c08  26 a2 00 00           mov es:[0], al
    7c0c  26 a3 02 00           mov es:[2], ax
    7c10  26 a0 00 00           mov al, es:[0]
    7c14  26 a1 02 00           mov ax, es:[2]
    7c18  26 66 a1 04 00        mov eax, es:[4]
    7c1d  26 66 a3 05 00        mov es:[5], eax
    7c22  26 00 06 06 00        add es:[6], al
    7c27  f4                    hlt
  `,
  steps: `
    7c00 mov ax, 0xb800 | rax 0→b800
    7c03 mov es, ax | es 0→b800; es_base 0→b8000
    7c05 mov ax, 0x1234 | rax b800→1234
    7c08 mov es:[0], al | write b8000:1=34
    7c0c mov es:[2], ax | write b8002:2=3412
    7c10 mov al, es:[0] | rax 1234→12ff; read b8000:1=ff
    7c14 mov ax, es:[2] | rax 12ff→ffff; read b8002:2=ffff
    7c18 mov eax, es:[4] | rax ffff→ffffffff; read b8004:4=ffffffff
    7c1d mov es:[5], eax | write b8005:4=ffffffff
    7c22 add es:[6], al | +cf+af+sf; read b8006:1=ff; write b8006:1=fe
    7c27 hlt
  `,
});

hazard('MMIO reads and writes in protected mode', {
  mode: 'protected',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  b8 11 22 33 44        mov eax, 0x44332211
    10000a  88 03                 mov [ebx], al
    10000c  66 89 03              mov [ebx], ax
    10000f  89 03                 mov [ebx], eax
    100011  8a 03                 mov al, [ebx]
    100013  66 8b 03              mov ax, [ebx]
    100016  8b 03                 mov eax, [ebx]
    100018  ff 03                 inc dword ptr [ebx]
    10001a  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 mov eax, 0x44332211 | rax 0→44332211
    10000a mov [ebx], al | write 10000000:1=11
    10000c mov [ebx], ax | write 10000000:2=1122
    10000f mov [ebx], eax | write 10000000:4=11223344
    100011 mov al, [ebx] | rax 44332211→443322ff; read 10000000:1=ff
    100013 mov ax, [ebx] | rax 443322ff→4433ffff; read 10000000:2=ffff
    100016 mov eax, [ebx] | rax 4433ffff→ffffffff; read 10000000:4=ffffffff
    100018 inc dword ptr [ebx] | +pf+af+zf; read 10000000:4=ffffffff; write 10000000:4=00000000
    10001a hlt
  `,
});

hazard('read-modify-write of MMIO: a read and a write in one step', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  b8 05 00 00 00        mov eax, 5
    10000a  48 01 03              add [rbx], rax
    10000d  48 03 03              add rax, [rbx]
    100010  87 03                 xchg [rbx], eax
    100012  f0 ff 03              lock inc dword ptr [rbx]
    100015  66 ff 0b              dec word ptr [rbx]
    100018  f6 13                 not byte ptr [rbx]
    10001a  0f ba 2b 03           bts dword ptr [rbx], 3
    10001e  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 mov eax, 5 | rax 0→5
    10000a add [rbx], rax | +cf+af; read 10000000:8=ffffffffffffffff; write 10000000:8=0400000000000000
    10000d add rax, [rbx] | rax 5→4; read 10000000:8=ffffffffffffffff
    100010 xchg [rbx], eax | rax 4→ffffffff; read 10000000:4=ffffffff; write 10000000:4=04000000
    100012 lock inc dword ptr [rbx] | +pf+zf; read 10000000:4=ffffffff; write 10000000:4=00000000
    100015 dec word ptr [rbx] | -pf-af-zf+sf; read 10000000:2=ffff; write 10000000:2=feff
    100018 not byte ptr [rbx] | read 10000000:1=ff; write 10000000:1=00
    10001a bts dword ptr [rbx], 3 | read 10000000:4=ffffffff; write 10000000:4=ffffffff
    10001e hlt
  `,
});

// The CPU writes the old value back where they differ.
hazard('compare and exchange with MMIO', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  31 c0                 xor eax, eax
    100007  f0 0f b1 0b           lock cmpxchg [rbx], ecx
    10000b  0f b1 0b              cmpxchg [rbx], ecx
    10000e  0f c1 0b              xadd [rbx], ecx
    100011  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 xor eax, eax | +pf+zf
    100007 lock cmpxchg [rbx], ecx | rax 0→ffffffff; +cf-pf+af-zf; read 10000000:4=ffffffff; write 10000000:4=ffffffff
    10000b cmpxchg [rbx], ecx | -cf+pf-af+zf; read 10000000:4=ffffffff; write 10000000:4=00000000
    10000e xadd [rbx], ecx | rcx 0→ffffffff; -zf+sf; read 10000000:4=ffffffff; write 10000000:4=ffffffff
    100011 hlt
  `,
});

hazard('PUSH from MMIO and POP to MMIO: MMIO and the stack in one step', {
  mode: 'long',
  listing: `
    100000  bb 00 00 00 10        mov ebx, 0x10000000
    100005  ff 33                 push qword ptr [rbx]
    100007  8f 03                 pop qword ptr [rbx]
    100009  68 05 00 00 00        push 5
    10000e  8f 43 08              pop qword ptr [rbx+8]
    100011  f4                    hlt
  `,
  steps: `
    100000 mov ebx, 0x10000000 | rbx 0→10000000
    100005 push qword ptr [rbx] | rsp 200000→1ffff8; [1ffff8]:8=ffffffffffffffff; read 10000000:8=ffffffffffffffff
    100007 pop qword ptr [rbx] | rsp 1ffff8→200000; write 10000000:8=ffffffffffffffff
    100009 push 5 | rsp 200000→1ffff8; [1ffff8]:8=5
    10000e pop qword ptr [rbx+8] | rsp 1ffff8→200000; write 10000008:8=0500000000000000
    100011 hlt
  `,
});

hazard('the stack in MMIO: PUSH, POP, CALL and RET', {
  mode: 'long',
  listing: `
    100000  bc 00 10 00 10        mov esp, 0x10001000
    100005  68 05 00 00 00        push 5
    10000a  58                    pop rax
    10000b  e8 00 00 00 00        call 0x100010
    100010  c7 04 24 00 00 00 00  mov dword ptr [rsp], 0
    100017  f4                    hlt
  `,
  steps: `
    100000 mov esp, 0x10001000 | rsp 200000→10001000
    100005 push 5 | rsp 10001000→10000ff8; write 10000ff8:8=0500000000000000
    10000a pop rax | rax 0→ffffffffffffffff; rsp 10000ff8→10001000; read 10000ff8:8=ffffffffffffffff
    10000b call 0x100010 | rsp 10001000→10000ff8; write 10000ff8:8=1000100000000000
    100010 mov dword ptr [rsp], 0 | write 10000ff8:4=00000000
    100017 hlt
  `,
});
