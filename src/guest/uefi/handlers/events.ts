/** Event, timer and task priority services (UEFI 2.10, 7.1). */
import { MemoryType } from '../memory-map.js';
import type { Call } from '../../../uefi/call.js';
import { handlers, type Efi } from '../efi.js';
import { BOOT_SERVICES } from '../../../uefi/services.js';
import { efiError, fail, EFI_SUCCESS } from '../../../uefi/status.js';

/** Units of 100 ns in a second: those of SetTimer. */
const TIMER_UNITS = 10_000_000;
const MICROSECONDS = 1_000_000;
const HANDLE_BYTES = 16;

function create(efi: Efi, call: Call, group: string | undefined, result: number): bigint {
  const at = call.address(result);
  const id = efi.pool.allocate(MemoryType.bootServicesData, HANDLE_BYTES);
  const [type, tpl] = [call.number(0), call.number(1)];
  try {
    const context = call.raw(3).toString(16);
    efi.events.create({ id, type, tpl, notify: call.optional(2), context, group });
  } catch (error) {
    efi.pool.free(id);
    throw error;
  }
  call.reply.u64(at, id);
  return EFI_SUCCESS;
}

/** Whether the event is signaled, keys that wait being what signals that of the console. */
function check(efi: Efi, id: number): boolean {
  if (id === efi.layout.keyEvent) return efi.console.hasKey;
  efi.events.advance(efi.clock.now);
  return efi.events.check(id);
}

/** The handlers of the event services. */
export const eventServices = handlers(BOOT_SERVICES, {
  CreateEvent: (efi, call) => create(efi, call, undefined, 4),

  CreateEventEx: (efi, call) =>
    create(efi, call, call.optional(4) === 0 ? undefined : call.guid(4), 5),

  CloseEvent(efi, call) {
    const id = call.address(0);
    efi.events.close(id);
    efi.registrations.forget(id);
    efi.pool.free(id);
    return undefined;
  },

  SignalEvent(efi, call) {
    efi.events.signal(call.address(0));
    return undefined;
  },

  CheckEvent(efi, call) {
    return check(efi, call.address(0)) ? undefined : efiError('EFI_NOT_READY');
  },

  SetTimer(efi, call) {
    const steps = Math.ceil((Number(call.raw(2)) / TIMER_UNITS) * efi.clock.stepsPerSecond);
    efi.events.setTimer(call.address(0), call.number(1), efi.clock.now, steps);
    return undefined;
  },

  /** Time passes until an event comes; where none can, the program has come to its end. */
  WaitForEvent(efi, call) {
    const count = call.number(0);
    const index = call.address(2);
    if (count === 0) fail('EFI_INVALID_PARAMETER');
    const ids = Array.from({ length: count }, (_, i) => call.numberAt(call.address(1) + 8 * i));
    for (;;) {
      const found = ids.findIndex((id) => check(efi, id));
      if (found >= 0) {
        call.reply.u64(index, found);
        return undefined;
      }
      const due = efi.events.nextDue();
      if (due === Infinity) {
        const isKey = ids.includes(efi.layout.keyEvent);
        const what = isKey
          ? 'a key, and --port-input has no more'
          : 'an event that nothing signals';
        efi.end(0n, `the program waits for ${what}`);
        return undefined;
      }
      efi.clock.skip(Math.max(1, due - efi.clock.now));
    }
  },

  Stall(efi, call) {
    efi.clock.skip(Math.ceil((call.number(0) / MICROSECONDS) * efi.clock.stepsPerSecond));
    return undefined;
  },

  RaiseTPL(efi, call) {
    const before = efi.events.tpl;
    efi.events.tpl = call.number(0);
    return BigInt(before);
  },

  RestoreTPL(efi, call) {
    efi.events.tpl = call.number(0);
    return undefined;
  },
});
