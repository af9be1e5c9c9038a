/** On what a trace was made, in words, told from its `meta`. */
import type { Meta } from '../trace/read/meta.js';

/** `the emulated host (QEMU 7.2.22, npt=1), Linux 6.1.0-56-cloud-amd64, kvm_amd`. */
export function hostWords(meta: Meta): string {
  const kind = meta.get('host');
  const detail = meta.get('host_detail');
  const parts = [
    hostName(kind),
    ...(isText(detail) ? [`(${detail})`] : []),
    ...(kind === undefined ? ['(kvmtrace knew no other then)'] : []),
  ];
  const kernel = meta.get('kernel');
  const kvm = meta.get('host_kvm');
  return [
    parts.join(' '),
    ...(isText(kernel) ? [`Linux ${kernel}`] : []),
    ...(isText(kvm) ? [kvm.replaceAll(' ', ' and ')] : []),
  ].join(', ');
}

/** Traces of version 0.1 do not say; all of them were recorded on /dev/kvm. */
export function hostName(kind: unknown): string {
  switch (kind ?? 'kvm') {
    case 'kvm':
      return '/dev/kvm';
    case 'emulated':
      return 'the emulated host';
    default:
      return `a host called ${String(kind)}`;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
