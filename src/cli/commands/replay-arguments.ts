import type { HostArguments } from '../arguments/host.js';
import type { TEXT_OR_JSON } from '../arguments/options.js';

/** What `kvmtrace replay` is given. */
export interface ReplayArguments extends HostArguments {
  readonly trace: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly until: string | undefined;
  readonly dirty: 'auto' | 'ring' | 'log';
  readonly set: readonly string[];
  readonly output: string | undefined;
  readonly force: boolean;
  readonly 'max-steps': string | undefined;
  readonly 'snapshot-every': string | undefined;
  readonly format: (typeof TEXT_OR_JSON)[number];
}
