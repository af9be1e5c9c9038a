import { stateCodec, type StateOf } from '../state-codec.js';

const FIELDS = {
  divisor: 'u16',
  interruptEnable: 'u8',
  fifoControl: 'u8',
  lineControl: 'u8',
  modemControl: 'u8',
  modemDelta: 'u8',
  scratch: 'u8',
  overrun: 'flag',
  /** The transmitter's interrupt, until the guest reads it from IIR. */
  transmitterEmptied: 'flag',
  /** How much of the input the guest has read. */
  inputPosition: 'u53',
  /** What it sent to itself in loopback. */
  loopback: 'bytes16',
  loopbackCount: 'u8',
} as const;

/** All state of the 16550A. */
export type UartState = StateOf<typeof FIELDS>;
/** Encodes the state of the 16550A for a snapshot. */
export const uartState = stateCodec('com1', FIELDS);
