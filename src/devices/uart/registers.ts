/** Registers and bits of the 16550A (National Semiconductor PC16550D data sheet, table II). */
export const REGISTER = {
  /** RBR and THR, or the divisor's lower byte with DLAB. */
  data: 0,
  /** IER, or the divisor's upper byte with DLAB. */
  interruptEnable: 1,
  /** IIR (read), FCR (write). */
  interruptId: 2,
  lineControl: 3,
  modemControl: 4,
  lineStatus: 5,
  modemStatus: 6,
  scratch: 7,
} as const;

/** Bits of the interrupt enable register. */
export const IER = { receive: 1, transmit: 2, lineStatus: 4, modemStatus: 8, all: 0x0f } as const;

/** By priority: line status, received data, character timeout, transmitter empty, modem status. */
export const IIR = {
  none: 0x01,
  lineStatus: 0x06,
  receive: 0x04,
  timeout: 0x0c,
  transmit: 0x02,
  modemStatus: 0x00,
  fifosEnabled: 0xc0,
} as const;

/** Bits of the FIFO control register. */
export const FCR = { enable: 1, clearReceiver: 2, trigger: 0xc0, kept: 0xc9 } as const;
/** Bytes in the FIFO that raise an interrupt, by the two trigger bits of FCR. */
export const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
/** Bytes that the receive FIFO holds. */
export const FIFO_SIZE = 16;

/** Bit of the line control register that puts the divisor latch in place of data and IER. */
export const LCR_DLAB = 0x80;

/** Bits of the modem control register. */
export const MCR = { dtr: 1, rts: 2, out1: 4, out2: 8, loopback: 0x10, all: 0x1f } as const;

/** The transmitter is always empty: what is written is out at once. */
export const LSR = { dataReady: 1, overrun: 2, transmitterEmpty: 0x60 } as const;

/** The lower four bits tell of changes since the last read. */
export const MSR = { cts: 0x10, dsr: 0x20, ring: 0x40, carrier: 0x80, ringDelta: 0x04 } as const;
