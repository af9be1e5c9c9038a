/** What `kvmtrace host status` prints. */
import { basename } from 'node:path';
import type { HostsReport } from '../kvm/host/describe.js';
import { printable } from '../base/printable.js';
import { columns, wrap } from './wrapped-columns.js';
import { localWords } from '../views/hosts.js';
import type { Jsonable } from '../base/json.js';
import type { Style } from './style.js';

/** Raised when a key changes its meaning or goes away. */
const DOCUMENT_VERSION = 1;
const WIDTH = 80;
const KEY_WIDTH = 9;
const VALUE_WIDTH = WIDTH - KEY_WIDTH - 4;

/** What `host status` has found. */
export interface HostStatus {
  readonly hosts: HostsReport;
  /** Where fetched kernels are kept. */
  readonly cache: string;
  /** Kernels that only root may read. */
  readonly unreadable: readonly string[];
}

/** The status as JSON. */
export function hostStatusDocument({ hosts, cache, unreadable }: HostStatus): Jsonable {
  const { kvm, emulated, choice, because } = hosts;
  return {
    host_status: DOCUMENT_VERSION,
    usable: emulated.problem === undefined,
    why: emulated.problem ?? null,
    qemu: emulated.qemu ?? null,
    kernels: emulated.kernels.map(({ release, image, modules }) => ({ release, image, modules })),
    unreadable_kernels: unreadable,
    cache,
    kvm: { device: kvm.device, usable: kvm.problem === undefined, why: kvm.problem ?? null },
    auto: { host: choice, why: because ?? null },
  };
}

/** The status as lines, the verdict first. */
export function hostStatusLines({ hosts, cache, unreadable }: HostStatus, style: Style): string[] {
  const { kvm, emulated, choice, because } = hosts;
  const verdict = capital(emulated.problem ?? 'The emulated host can run here.');
  const taken = choice === 'kvm' ? kvm.device : 'the emulated host';
  return [
    ...wrap(printable(verdict), WIDTH).map(style.strong),
    '',
    ...row('QEMU', emulated.qemu ?? 'none'),
    ...(emulated.kernels.length === 0 ? row('kernel', 'none that can be read') : []),
    ...emulated.kernels.flatMap(({ release, image, modules }, i) => [
      ...row(i === 0 ? 'kernel' : '', `${release}${i === 0 ? ', which is booted' : ''}`),
      ...row('', image),
      ...row('', modules.length === 0 ? 'with KVM built in' : `with ${namesOf(modules)}`),
    ]),
    ...unreadable.flatMap((path) => row('', `${path}, which only root may read`)),
    ...row('cache', cache),
    ...row('KVM', localWords(kvm)),
    ...row('default', because === undefined ? taken : `${taken}, as ${because}`),
  ];
}

/** `kvm.ko, kvm-amd.ko`. */
function namesOf(modules: readonly string[]): string {
  return modules.map((path) => basename(path)).join(', ');
}

function capital(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

function row(key: string, value: string): string[] {
  return columns([
    { text: key, width: KEY_WIDTH },
    { text: printable(value), width: VALUE_WIDTH },
  ]);
}
