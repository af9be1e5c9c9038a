/** The burst loop (native/burst.c) of this machine, where it has been compiled. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../base/package-root.js';
import { libraryFunction } from '../libc.js';

/** Steps a vCPU through plain instructions natively, where KVM is: what native/burst.h describes. */
export interface BurstLoop {
  /** What the loop calls an address that this host has mapped: memory, or the pages of a vCPU. */
  addressOf(address: bigint): bigint;
  /** Runs the request at an address of `mapMemory`. */
  run(request: bigint): void;
}

/** As native/burst.h and src/stepper/burst/layout.ts are: a change there is a change here. */
export const BURST_VERSION = 1;

/** Built by scripts/native.mjs, where there is a C compiler. */
const LIBRARY = fileURLToPath(new URL('dist/native/burst.so', packageRoot));

let loaded: BurstLoop | undefined;

/** The loop in this process; undefined where it was not compiled, or from another source. */
export function localBurstLoop(): BurstLoop | undefined {
  if (loaded !== undefined || !existsSync(LIBRARY)) return loaded;
  // Built from another source: npm run build makes it anew.
  const version = libraryFunction(LIBRARY, 'int kvmtrace_burst_version()');
  if (version() !== BURST_VERSION) return undefined;
  const burst = libraryFunction(LIBRARY, 'void kvmtrace_burst(uintptr_t request)');
  loaded = {
    addressOf: (address) => address,
    run: (request) => {
      burst(request);
    },
  };
  return loaded;
}
