import type { HostDescription } from '../kvm/host/host.js';

/** What a trace says of who ran its guest: keys of `meta`, as schema/README.md describes them. */
export function hostMeta(host: HostDescription): Record<string, string> {
  const { kind, kernel, modules, detail } = host;
  return {
    kernel,
    host: kind,
    host_kvm: modules.join(' '),
    ...(detail === undefined ? {} : { host_detail: detail }),
  };
}
