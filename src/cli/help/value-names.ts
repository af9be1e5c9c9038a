/** What options take, in the words of `--help`. */

/** Of each option that takes a value and has no list of choices. */
export const VALUE_NAMES: Readonly<Record<string, string>> = {
  accesses: 'MEMORY',
  append: 'TEXT',
  around: 'STEP',
  at: 'STEP',
  before: 'STEP',
  call: 'FUNCTION[:N]',
  count: 'N',
  depth: 'N',
  device: 'FILE',
  'efi-root': 'DIR',
  'efi-vars': 'FILE',
  entry: 'ADDR',
  fail: 'FILE…',
  file: 'FILE',
  follow: 'N',
  from: 'STEP',
  function: 'NAME=PERCENT',
  'ignore-input': 'KIND',
  'ignore-memory': 'RANGE',
  'ignore-port': 'PORT',
  'ignore-register': 'NAME',
  initrd: 'FILE',
  jobs: 'N',
  json: 'FILE',
  junit: 'FILE',
  keep: 'DIR',
  links: 'N',
  listen: '[ADDR:]PORT',
  load: 'ADDR',
  markdown: 'FILE',
  'max-steps': 'N',
  'max-steps-increase': 'PERCENT',
  memory: 'SIZE',
  'memory-physical': 'ADDR:LENGTH',
  'min-steps': 'N',
  module: 'FILE [TEXT]',
  name: 'NAME',
  output: 'FILE',
  pass: 'FILE…',
  'port-input': 'FILE',
  ring: 'N',
  runs: 'PLACE',
  sarif: 'FILE',
  set: 'PLACE=VALUE',
  shard: 'I/N',
  smp: 'N',
  'snapshot-every': 'N',
  'start-at': 'WHEN',
  'stop-at': 'WHEN',
  symbols: 'FILE',
  tables: 'NAMES',
  to: 'STEP',
  top: 'N',
  until: 'PLACE',
  writes: 'WHAT',
};

/** Options whose values are something else in one command than in the others. */
const OF_COMMAND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  state: { memory: 'ADDR:LENGTH' },
};

/** What the names mean, where they say too little by themselves. */
export const VALUE_MEANINGS: Readonly<Record<string, string>> = {
  ADDR: 'an address: 0x7c00, 31744, 1M',
  'ADDR:LENGTH': 'memory: 0x1000:16, rsp:64, buffer:8',
  MEMORY: 'memory: [0x1000], [rsp+8]:4, [buffer]:64, phys:[0x1000]:8',
  PLACE: 'code: 0x1000, main, main+0x10',
  SIZE: 'bytes: 16M, 2G, 4096, 0x1000',
  STEP: 'a step: 12, 0x10, -1 (the last), or when a place ran: main, main:3 (the third time)',
  WHEN: "code as main, main:3 (the third time), 0x1000; port:0x3f8; '[0x2000] written'; 5000 (a step)",
  WHAT: 'a register (rax, al, xmm3), a flag (zf), or memory as [rsp+8]:4, phys:[0x1000]:8',
};

/** @param command its first word */
export function valueName(command: string, option: string): string {
  return OF_COMMAND[command]?.[option] ?? VALUE_NAMES[option] ?? 'VALUE';
}
