/** The beginning that the guests of timer interrupts share, as a listing and as the steps of it. */

/** What a part of a guest adds to the two texts of a hazard. */
export interface GuestPart {
  readonly listing: string;
  readonly steps: string;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/**
 * Real-mode code at 7c00 to 7c26, up to the STI: interrupt 8 leads to `handler`, the PIC has its
 * vectors from 8 on and lets IRQ 0 alone in, and channel 0 of the PIT fires once, after `count` ticks.
 * Leaves AL 0 and interrupts off.
 */
export function timerSetUp({ handler, count }: { handler: number; count: number }): GuestPart {
  const at = handler.toString(16);
  return {
    listing: `
    7c00  c7 06 20 00 ${byte(handler & 0xff)} ${byte(handler >> 8)}     mov word ptr [0x20], 0x${at}
    7c06  b0 11                 mov al, 0x11
    7c08  e6 20                 out 0x20, al
    7c0a  b0 08                 mov al, 8
    7c0c  e6 21                 out 0x21, al
    7c0e  b0 04                 mov al, 4
    7c10  e6 21                 out 0x21, al
    7c12  b0 01                 mov al, 1
    7c14  e6 21                 out 0x21, al
    7c16  b0 fe                 mov al, 0xfe
    7c18  e6 21                 out 0x21, al
    7c1a  b0 30                 mov al, 0x30
    7c1c  e6 43                 out 0x43, al
    7c1e  b0 ${byte(count)}                 mov al, ${count}
    7c20  e6 40                 out 0x40, al
    7c22  b0 00                 mov al, 0
    7c24  e6 40                 out 0x40, al`,
    steps: `
    7c00 mov word ptr [0x20], 0x${at} | [20]:2=${at}
    7c06 mov al, 0x11 | rax 0→11
    7c08 out 0x20, al | out 20:1=11
    7c0a mov al, 8 | rax 11→8
    7c0c out 0x21, al | out 21:1=08
    7c0e mov al, 4 | rax 8→4
    7c10 out 0x21, al | out 21:1=04
    7c12 mov al, 1 | rax 4→1
    7c14 out 0x21, al | out 21:1=01
    7c16 mov al, 0xfe | rax 1→fe
    7c18 out 0x21, al | out 21:1=fe
    7c1a mov al, 0x30 | rax fe→30
    7c1c out 0x43, al | out 43:1=30
    7c1e mov al, ${count} | rax 30→${count}
    7c20 out 0x40, al | out 40:1=${byte(count)}
    7c22 mov al, 0 | rax ${count}→0
    7c24 out 0x40, al | out 40:1=00`,
  };
}

/** The set-up with one tick, and a loop from 7c26 to 7c2b after which the interrupt is pending. */
export function pendingTimer(handler: number): GuestPart {
  const { listing, steps } = timerSetUp({ handler, count: 1 });
  return {
    listing: `${listing}
    7c26  b9 0e 00              mov cx, 0xe
    7c29  e2 fe                 loop 0x7c29`,
    steps: `${steps}
    7c26 mov cx, 0xe | rcx 0→e
    7c29 loop 0x7c29 | rcx e→d
    7c29 loop 0x7c29 | rcx d→c
    7c29 loop 0x7c29 | rcx c→b
    7c29 loop 0x7c29 | rcx b→a
    7c29 loop 0x7c29 | rcx a→9
    7c29 loop 0x7c29 | rcx 9→8
    7c29 loop 0x7c29 | rcx 8→7
    7c29 loop 0x7c29 | rcx 7→6
    7c29 loop 0x7c29 | rcx 6→5
    7c29 loop 0x7c29 | rcx 5→4
    7c29 loop 0x7c29 | rcx 4→3
    7c29 loop 0x7c29 | rcx 3→2
    7c29 loop 0x7c29 | rcx 2→1
    7c29 loop 0x7c29 | rcx 1→0`,
  };
}
