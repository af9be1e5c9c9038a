import type { Access } from '../machine/access-bus.js';
import { Direction } from '../trace/format/events.js';
import type { EventSink } from '../trace/format/event-sink.js';

/** Bytes of port data in one row: a longer REP is several rows. */
const MAX_PORT_BYTES = 32 * 1024;

/**
 * Sends the accesses of a step. KVM splits string I/O into exits as it likes (an element each, 1024
 * elements, a page): accesses of the same kind to the same port are one row, so that the trace does
 * not depend on that.
 */
export function sendAccesses(sink: EventSink, accesses: readonly Access[]): void {
  for (let i = 0; i < accesses.length;) {
    const access = accesses[i]!;
    const direction = access.write ? Direction.write : Direction.read;
    if (access.kind === 'mmio') {
      sink.mmio(direction, access.address, access.data);
      i++;
      continue;
    }
    let end = i + 1;
    let length = access.data.length;
    while (end < accesses.length && isContinued(access, accesses[end]!, length)) {
      length += accesses[end]!.data.length;
      end++;
    }
    const data =
      end === i + 1 ? access.data : Buffer.concat(accesses.slice(i, end).map((a) => a.data));
    sink.port(direction, access.address, access.size, length / access.size, data);
    i = end;
  }
}

function isContinued(first: Access, next: Access, length: number): boolean {
  return (
    next.kind === 'port' &&
    next.write === first.write &&
    next.address === first.address &&
    next.size === first.size &&
    length + next.data.length <= MAX_PORT_BYTES
  );
}
