import { MCR, MSR } from './registers.js';

/** The other side is there and ready: carrier, DSR and CTS. */
const CONNECTED = MSR.carrier | MSR.dsr | MSR.cts;

/** The modem status lines (bits 7:4): the other side's, or in loopback the UART's own outputs. */
export function modemLines(modemControl: number): number {
  if (!(modemControl & MCR.loopback)) return CONNECTED;
  return (
    (modemControl & MCR.rts ? MSR.cts : 0) |
    (modemControl & MCR.dtr ? MSR.dsr : 0) |
    (modemControl & MCR.out1 ? MSR.ring : 0) |
    (modemControl & MCR.out2 ? MSR.carrier : 0)
  );
}

/** The delta bits (3:0) for a change of lines; the ring bit tells only of its end. */
export function modemDeltas(before: number, after: number): number {
  const changed = (before ^ after) >> 4;
  const ringEnded = before & ~after & MSR.ring ? MSR.ringDelta : 0;
  return (changed & ~MSR.ringDelta) | ringEnded;
}
