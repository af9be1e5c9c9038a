import { FCR, IER, IIR, TRIGGER_LEVELS } from './registers.js';
import type { UartState } from './state.js';

/** Received bytes ask for attention at the FIFO's level, fewer of them as a timeout. */
function receiveId(fifoControl: number, ready: number): number {
  const fifo = (fifoControl & FCR.enable) !== 0;
  const level = fifo ? TRIGGER_LEVELS[(fifoControl & FCR.trigger) >> 6]! : 1;
  return ready >= level ? IIR.receive : IIR.timeout;
}

/**
 * The most urgent reason for an interrupt, as in IIR bits 3:0, with `ready` received bytes. No
 * time passes between two bytes, so that the timeout of an unfilled FIFO is over at once.
 */
export function interruptId(state: UartState, ready: number): number {
  const { interruptEnable, overrun, transmitterEmptied, modemDelta } = state;
  if (interruptEnable & IER.lineStatus && overrun) return IIR.lineStatus;
  if (interruptEnable & IER.receive && ready > 0) return receiveId(state.fifoControl, ready);
  if (interruptEnable & IER.transmit && transmitterEmptied) return IIR.transmit;
  if (interruptEnable & IER.modemStatus && modemDelta) return IIR.modemStatus;
  return IIR.none;
}
