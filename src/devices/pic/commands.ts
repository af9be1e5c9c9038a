import { mostUrgent, type PicState } from './chip.js';

/**
 * The words that a guest writes to an 8259A (Intel 8259A data sheet, "Programming the 8259A"):
 * ICW1 to ICW4 initialize it, OCW1 to OCW3 operate it.
 */
const ICW1 = { icw4: 0x01, single: 0x02, level: 0x08, select: 0x10 } as const;
const ICW4 = { autoEoi: 0x02, fullyNested: 0x10 } as const;
const OCW3 = {
  ...{ select: 0x08, readInService: 0x01, readRegister: 0x02 },
  ...{ poll: 0x04, specialMask: 0x20, setSpecialMask: 0x40 },
} as const;

/** OCW2 bits 7:5: rotate, specific, end of interrupt. */
const ROTATE = 0x80;
const SPECIFIC = 0x40;
const END = 0x20;

function initialize(state: PicState, value: number): void {
  state.requests = state.levelTriggered & state.lines;
  state.inService = 0;
  state.mask = 0;
  state.lowest = 7;
  state.autoEoi = false;
  state.rotateOnAutoEoi = false;
  state.fullyNested = false;
  state.specialMask = false;
  state.polling = false;
  state.readsInService = false;
  state.single = (value & ICW1.single) !== 0;
  state.wantsIcw4 = (value & ICW1.icw4) !== 0;
  state.nextIcw = 2;
}

function endOfInterrupt(state: PicState, value: number): void {
  const specific = value & 7;
  const served = value & SPECIFIC ? specific : mostUrgent(state, state.inService);
  if (served === undefined) return;
  state.inService &= ~(1 << served);
  if (value & ROTATE) state.lowest = served;
}

function operate(state: PicState, value: number): void {
  if (value & END) endOfInterrupt(state, value);
  else if (value & SPECIFIC) {
    if (value & ROTATE) state.lowest = value & 7;
  } else {
    state.rotateOnAutoEoi = (value & ROTATE) !== 0;
  }
}

function selectReading(state: PicState, value: number): void {
  if (value & OCW3.setSpecialMask) state.specialMask = (value & OCW3.specialMask) !== 0;
  if (value & OCW3.poll) state.polling = true;
  else if (value & OCW3.readRegister) state.readsInService = (value & OCW3.readInService) !== 0;
}

/** A write to the command port (A0 = 0): ICW1, OCW2 or OCW3. */
export function writeCommand(state: PicState, value: number): void {
  if (value & ICW1.select) initialize(state, value);
  else if (value & OCW3.select) selectReading(state, value);
  else operate(state, value);
}

/** A write to the data port (A0 = 1): the next ICW while initializing, else OCW1, the mask. */
export function writeData(state: PicState, value: number): void {
  const lastIcw = state.wantsIcw4 ? 4 : 0;
  switch (state.nextIcw) {
    case 2:
      state.vectorBase = value & 0xf8;
      state.nextIcw = state.single ? lastIcw : 3;
      break;
    case 3:
      // How the chips are connected is not the guest's to choose here.
      state.nextIcw = lastIcw;
      break;
    case 4:
      state.autoEoi = (value & ICW4.autoEoi) !== 0;
      state.fullyNested = (value & ICW4.fullyNested) !== 0;
      state.nextIcw = 0;
      break;
    default:
      state.mask = value;
  }
}
