/**
 * Prints where tests run their guests: `emulated`, or `kvm` for /dev/kvm. As `decideHost` decides it, before
 * anything is built.
 */
import { accessSync, constants } from 'node:fs';

/** Whether tests that run guests do so on the emulated host. */
export function isEmulated() {
  const host = process.env.KVMTRACE_HOST ?? '';
  if (host === 'emulated' || host === 'kvm') return host === 'emulated';
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

if (process.argv[1] === import.meta.filename) console.log(isEmulated() ? 'emulated' : 'kvm');
