/** The two hosts in words and as part of documents. */
import type { EmulatedReport, HostsReport, LocalReport } from '../kvm/host/describe.js';
import type { Jsonable } from '../base/json.js';

/** `/dev/kvm can be used (kvm_amd)`, or why not. */
export function localWords({ device, modules, problem }: LocalReport): string {
  if (problem !== undefined) return problem;
  return `${device} can be used${modules.length === 0 ? '' : ` (${modules.join(', ')})`}`;
}

/** `QEMU 7.2.22 with Linux 6.1.0-56-cloud-amd64 can run`, or why not. */
export function emulatedWords({ qemu, kernels, problem }: EmulatedReport): string {
  return problem ?? `QEMU ${qemu!} with Linux ${kernels[0]!.release} can run`;
}

/** `/dev/kvm` first; why is null where a host can be used. */
export function hostsDocument({ kvm, emulated }: HostsReport): Jsonable {
  return [
    {
      ...{ kind: kvm.kind, usable: kvm.problem === undefined, device: kvm.device },
      ...{ modules: kvm.modules, why: kvm.problem ?? null },
    },
    {
      ...{ kind: emulated.kind, usable: emulated.problem === undefined },
      ...{ qemu: emulated.qemu ?? null, kernel: emulated.kernels[0]?.release ?? null },
      why: emulated.problem ?? null,
    },
  ];
}
