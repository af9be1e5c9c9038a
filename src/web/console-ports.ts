/** Ports whose bytes are text: COM1, Bochs' and QEMU's debug ports. */
export const CONSOLE_PORTS = [0x3f8, 0xe9, 0x402] as const;
