/** Who answers the guest's port and MMIO accesses: devices when recording, the trace when replaying. */
export interface Bus {
  /** Fills `data` (`size` bytes an element). */
  portRead(port: number, size: number, data: Uint8Array): void;
  portWrite(port: number, size: number, data: Uint8Array): void;
  /** Fills `data`, 1–8 bytes. */
  mmioRead(gpa: number, data: Uint8Array): void;
  mmioWrite(gpa: number, data: Uint8Array): void;
  /** Bytes of guest memory that devices have written themselves (DMA) since this was last asked; absent where none does. */
  takeDmaBytes?(): number;
}

/** One access to the bus, as the step made it. */
export interface Access {
  readonly kind: 'port' | 'mmio';
  readonly write: boolean;
  /** Port number or gpa. */
  readonly address: number;
  /** Bytes an element. */
  readonly size: number;
  readonly data: Uint8Array;
}
