import { PAGE_BYTES } from '../base/page.js';
import type { Session } from '../capture/session.js';
import type { EventStream } from '../trace/write/stream.js';

/**
 * Sends the state before the next step: the vCPU, the devices, and the pages that changed since the
 * last snapshot, which are marked as unchanged here. In the first snapshot a page that
 * is not there is zero.
 *
 * @param changed per slot, a byte a page
 */
export function sendSnapshot(
  stream: EventStream,
  session: Session,
  devices: Uint8Array,
  isFirst: boolean,
  changed: readonly Uint8Array[] = session.capture.memory.changed,
): void {
  stream.snapshot({ ...session.takeImage(), devices });
  changed.forEach((pages, index) => {
    const slot = session.machine.slots[index]!;
    for (let page = pages.indexOf(1); page >= 0; page = pages.indexOf(1, page + 1)) {
      const start = page * PAGE_BYTES;
      const data = slot.bytes.subarray(start, start + PAGE_BYTES);
      pages[page] = 0;
      if (isFirst && data.every((byte) => byte === 0)) continue;
      stream.snapshotPage(slot.gpa / PAGE_BYTES + page, data);
    }
  });
}
