import type { Declaration } from './declared-options.js';

/** Of every command. */
export const GLOBAL_OPTIONS: readonly Declaration[] = [
  { name: 'no-pager', type: 'boolean', describe: 'Do not page long output on a terminal' },
  {
    name: 'no-demangle',
    type: 'boolean',
    describe: 'Show names of C++ and Rust as linkers do',
  },
  { name: 'debug', type: 'boolean', describe: 'Show where an error comes from' },
  { name: 'help', type: 'boolean', describe: 'Show this' },
];
