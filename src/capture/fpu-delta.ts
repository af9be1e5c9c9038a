import type { EventSink } from '../trace/format/event-sink.js';
import {
  REGISTER_FPU_CONTROL,
  REGISTER_ST,
  REGISTER_XMM,
  REGISTER_YMM,
} from '../trace/format/registers.js';

/** Offsets in the XSAVE area: its legacy region is that of FXSAVE (SDM vol. 1, 10.5.1 and 13.4). */
const FCW = 0;
const FSW = 2;
const FTW = 4;
const FOP = 6;
const FIP = 8;
const FDP = 16;
const MXCSR = 24;
const ST = 32;
const XMM = 160;
/** AVX state in the standard format; KVM_GET_XSAVE uses that (CPUID leaf 0xd, subleaf 2, EBX). */
const YMM = 576;
const SLOT_BYTES = 16;

/** One register of the trace in the XSAVE area. */
export interface Field {
  readonly id: number;
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** The x87, SSE and AVX registers of a trace, and where an XSAVE area has them. */
export const XSAVE_FIELDS: readonly Field[] = [
  ...(
    [
      [FCW, 2],
      [FSW, 2],
      [FTW, 1],
      [FOP, 2],
      [FIP, 8],
      [FDP, 8],
      [MXCSR, 4],
    ] as const
  ).map(([offset, size], i) => ({ id: REGISTER_FPU_CONTROL + i, offset, size })),
  ...Array.from({ length: 8 }, (_, i): Field[] => [
    { id: REGISTER_ST + 2 * i, offset: ST + i * SLOT_BYTES, size: 8 },
    { id: REGISTER_ST + 2 * i + 1, offset: ST + i * SLOT_BYTES + 8, size: 2 },
  ]).flat(),
  ...Array.from({ length: 16 }, (_, i): Field[] => [
    { id: REGISTER_XMM + 2 * i, offset: XMM + i * SLOT_BYTES, size: 8 },
    { id: REGISTER_XMM + 2 * i + 1, offset: XMM + i * SLOT_BYTES + 8, size: 8 },
    { id: REGISTER_YMM + 2 * i, offset: YMM + i * SLOT_BYTES, size: 8 },
    { id: REGISTER_YMM + 2 * i + 1, offset: YMM + i * SLOT_BYTES + 8, size: 8 },
  ]).flat(),
];

/** Sends the x87, SSE and AVX registers that differ between two XSAVE areas. */
export class FpuDelta {
  /** The area that was sent last. */
  last: Uint8Array | undefined;
  #last: DataView | undefined;

  /** Sends what differs from the area of the last call: everything at the first. */
  send(sink: EventSink, xsave: Uint8Array): void {
    const now = new DataView(xsave.buffer, xsave.byteOffset, xsave.byteLength);
    for (const { id, offset, size } of XSAVE_FIELDS) {
      const [low, high] = read(now, offset, size);
      if (this.#last !== undefined) {
        const [oldLow, oldHigh] = read(this.#last, offset, size);
        if (low === oldLow && high === oldHigh) continue;
      }
      sink.register(id, low, high);
    }
    this.#last = now;
    this.last = xsave;
  }
}

function read(view: DataView, offset: number, size: Field['size']): [low: number, high: number] {
  switch (size) {
    case 1:
      return [view.getUint8(offset), 0];
    case 2:
      return [view.getUint16(offset, true), 0];
    case 4:
      return [view.getInt32(offset, true), 0];
    case 8:
      return [view.getInt32(offset, true), view.getInt32(offset + 4, true)];
  }
}
