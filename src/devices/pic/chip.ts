import { stateCodec, type StateOf } from '../state-codec.js';

const FIELDS = {
  /** Levels of the eight inputs. */
  lines: 'u8',
  /** Inputs that are level-triggered (ELCR); the others want a rising edge. */
  levelTriggered: 'u8',
  /** IRR, ISR and IMR of the data sheet. */
  requests: 'u8',
  inService: 'u8',
  mask: 'u8',
  vectorBase: 'u8',
  /** The input with the least priority; the next one has the highest. */
  lowest: 'u8',
  /** Which initialization word comes next: 0 none, else 2, 3 or 4. */
  nextIcw: 'u8',
  single: 'flag',
  wantsIcw4: 'flag',
  autoEoi: 'flag',
  rotateOnAutoEoi: 'flag',
  /** Special fully nested mode: the slave may interrupt its own interrupts. */
  fullyNested: 'flag',
  specialMask: 'flag',
  /** The next read is a poll. */
  polling: 'flag',
  /** Reads of the command port give ISR instead of IRR. */
  readsInService: 'flag',
} as const;

/** All state of one 8259A. */
export type PicState = StateOf<typeof FIELDS>;
/** Encodes the state of one 8259A for a snapshot. */
export const picState = stateCodec('pic', FIELDS);

const INPUTS = 8;
/** The master's input that the slave's output is connected to. */
export const CASCADE_INPUT = 2;

/** Of the set bits, the input with the highest priority; undefined when none is set. */
export function mostUrgent(state: PicState, inputs: number): number | undefined {
  for (let rank = 1; rank <= INPUTS; rank++) {
    const input = (state.lowest + rank) & 7;
    if (inputs & (1 << input)) return input;
  }
  return undefined;
}

function rank(state: PicState, input: number): number {
  return (input - state.lowest - 1) & 7;
}

/** One of its inputs changes. An edge is remembered until it is acknowledged. */
export function setInput(state: PicState, input: number, high: boolean): void {
  const bit = 1 << input;
  const rises = high && !(state.lines & bit);
  state.lines = high ? state.lines | bit : state.lines & ~bit;
  if (rises || (state.levelTriggered & bit && high)) state.requests |= bit;
  else if (state.levelTriggered & bit) state.requests &= ~bit;
}

/** The input whose interrupt the chip asks for now: unmasked, and more urgent than those served. */
export function requested(state: PicState, isMaster: boolean): number | undefined {
  const input = mostUrgent(state, state.requests & ~state.mask);
  if (input === undefined) return undefined;
  let blocking = state.inService;
  if (state.specialMask) blocking &= ~state.mask;
  if (state.fullyNested && isMaster) blocking &= ~(1 << CASCADE_INPUT);
  const served = mostUrgent(state, blocking);
  return served === undefined || rank(state, input) < rank(state, served) ? input : undefined;
}

/** The processor takes the interrupt of `input`. */
export function serve(state: PicState, input: number): void {
  const bit = 1 << input;
  if (!(state.levelTriggered & bit && state.lines & bit)) state.requests &= ~bit;
  if (!state.autoEoi) state.inService |= bit;
  else if (state.rotateOnAutoEoi) state.lowest = input;
}
