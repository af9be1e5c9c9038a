import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import type { BurstHost } from './burst-host.js';

/** What a burst needs, of which the most is a table that costs what is written to (stepper/burst/layout.ts). */
const SHARED_BYTES = 12 << 20;

/**
 * The loop that is where KVM is. Undefined where there is none, or where it is not wanted:
 * `KVMTRACE_LOOP=typescript`.
 */
export function kvmBurstHost(vm: Vm, vcpu: Vcpu): BurstHost | undefined {
  if (process.env['KVMTRACE_LOOP'] === 'typescript') return undefined;
  const { host } = vm;
  const loop = host.burstLoop();
  if (loop === undefined) return undefined;
  const mapping = host.mapMemory(SHARED_BYTES);
  vm.own({
    [Symbol.dispose]: () => {
      host.unmap(mapping);
    },
  });
  const request = loop.addressOf(mapping.address);
  return {
    ...mapping,
    addressOf: (address) => loop.addressOf(address),
    runAddress: loop.addressOf(vcpu.runAddress),
    descriptor: vcpu.fd,
    run: () => {
      loop.run(request);
    },
  };
}
