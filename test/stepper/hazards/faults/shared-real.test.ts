/** Vectors of real mode that share a handler, as those of a BIOS do. */
import { hazard } from '../../../helpers/hazard.js';

hazard('vectors that share one handler, as a BIOS has them, are told apart', {
  mode: 'real',
  listing: `
    7c00  c7 06 00 00 40 7c     mov word ptr [0], 0x7c40
    7c06  c7 06 18 00 40 7c     mov word ptr [0x18], 0x7c40
    7c0c  c7 06 34 00 40 7c     mov word ptr [0x34], 0x7c40
    7c12  31 c9                 xor cx, cx
    7c14  f7 f1                 div cx
    7c16  0f 0b                 ud2
    7c18  a1 ff ff              mov ax, [0xffff]
    7c1b  c7 06 00 00 55 7c     mov word ptr [0], 0x7c55
    7c21  f7 f1                 div cx
    7c23  f4                    hlt
    7c40  55                    push bp
    7c41  89 e5                 mov bp, sp
    7c43  8b 5e 02              mov bx, [bp+2]
    7c46  80 3f a1              cmp byte ptr [bx], 0xa1
    7c49  75 03                 jne short 0x7c4e
    7c4b  ff 46 02              inc word ptr [bp+2]
    7c4e  81 46 02 02 00        add word ptr [bp+2], 2
    7c53  5d                    pop bp
    7c54  cf                    iret
    7c55  e9 cb ff              jmp 0x7c23
  `,
  steps: `
    7c00 mov word ptr [0], 0x7c40 | [0]:2=7c40
    7c06 mov word ptr [0x18], 0x7c40 | [18]:2=7c40
    7c0c mov word ptr [0x34], 0x7c40 | [34]:2=7c40
    7c12 xor cx, cx | rsp 7c00→7bfa; +pf+zf; [7bfa]:5=4600007c14
    -- fault 0 at 7c14
    7c40 push bp | rsp 7bfa→7bf8
    7c41 mov bp, sp | rbp 0→7bf8
    7c43 mov bx, [bp+2] | rbx 0→7c14
    7c46 cmp byte ptr [bx], 0xa1 | -zf
    7c49 jne short 0x7c4e
    7c4e add word ptr [bp+2], 2 | -pf; [7bfa]:2=7c16
    7c53 pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c54 iret | rsp 7bfa→7bfa; +pf+zf
    -- fault 6 at 7c16
    7c40 push bp | rsp 7bfa→7bf8
    7c41 mov bp, sp | rbp 0→7bf8
    7c43 mov bx, [bp+2] | rbx 7c14→7c16
    7c46 cmp byte ptr [bx], 0xa1 | +cf-pf-zf
    7c49 jne short 0x7c4e
    7c4e add word ptr [bp+2], 2 | -cf+pf; [7bfa]:2=7c18
    7c53 pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c54 iret | rsp 7bfa→7bfa; +zf
    -- fault 13 at 7c18
    7c40 push bp | rsp 7bfa→7bf8
    7c41 mov bp, sp | rbp 0→7bf8
    7c43 mov bx, [bp+2] | rbx 7c16→7c18
    7c46 cmp byte ptr [bx], 0xa1
    7c49 jne short 0x7c4e
    7c4b inc word ptr [bp+2] | -pf-zf; [7bfa]:2=7c19
    7c4e add word ptr [bp+2], 2 | +pf; [7bfa]:2=7c1b
    7c53 pop bp | rsp 7bf8→7bfa; rbp 7bf8→0
    7c54 iret | rsp 7bfa→7c00; +zf
    7c1b mov word ptr [0], 0x7c55 | rsp 7c00→7bfa; [0]:2=7c55; [7bfa]:1=21
    -- fault 0 at 7c21
    7c55 jmp 0x7c23
    7c23 hlt
  `,
});
