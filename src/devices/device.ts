/** Ports that a device answers. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
  /**
   * The device takes accesses of 2 and 4 bytes whole. Without it the bus splits them into bytes
   * at consecutive ports, as ISA does for 8-bit devices.
   */
  readonly wide?: boolean;
}

/** Guest-physical addresses that a device answers. */
export interface MemoryRange {
  readonly first: number;
  /** In bytes. */
  readonly size: number;
}

/** Registers of a device that lie in memory. An access is of 1 to 8 bytes, within one range. */
export interface MemoryHandler {
  readonly ranges: readonly MemoryRange[];
  /** Fills `data`. May change the device. */
  read(gpa: number, data: Uint8Array): void;
  write(gpa: number, data: Uint8Array): void;
}

/** The lines of a board by which devices ask for interrupts: `irq` is 0 to 15 on a PC. */
export type Lines = (irq: number) => Line;

/**
 * A device that the recorder emulates. What it does follows from the guest's accesses and from the number
 * of steps alone, never from the host's clock: recorded twice, a guest sees the same.
 */
export interface Device {
  /** Of its own among the devices: snapshots name devices by it. */
  readonly name: string;
  /** The version of what `save` gives; default 1. `restore` takes older ones, too. */
  readonly stateVersion?: number;
  readonly ports: readonly PortRange[];
  /** What it has in memory; default nothing. */
  readonly memory?: MemoryHandler;
  /** Told of the board's interrupt lines when it is connected, if it asks for interrupts. */
  connectLines?(lines: Lines): void;
  /** `size` bytes at `port`, as an unsigned number. May change the device. */
  read(port: number, size: number): number;
  write(port: number, size: number, value: number): void;
  /**
   * Brings the device to the moment before `step` runs. Called before every access and no later
   * than at nextEventStep; steps never go back but by `restore`. Default: steps mean nothing to it.
   */
  tick?(step: number): void;
  /** The first step at which it can do something by itself (an interrupt); Infinity, the default, for never. */
  nextEventStep?(): number;
  /** All of its state, for a snapshot. */
  save(): Uint8Array;
  /**
   * Takes what `save` gave in that version of the state; throws a KvmtraceError for anything else. Lines are
   * not driven.
   */
  restore(bytes: Uint8Array, version: number): void;
}

/** The level of a line such as IRQ4 changes to `high`. */
export type Line = (high: boolean) => void;

/** Who asks the processor for an interrupt. */
export interface InterruptController {
  /** The vector that `acknowledge` would give, while the controller asks for an interrupt. */
  pending(): number | undefined;
  /** The processor takes the interrupt. Without one pending the vector is the spurious one. */
  acknowledge(): number;
}
