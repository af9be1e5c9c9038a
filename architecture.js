/**
 * The folders of src: what each is, and which others it may import. Lint goes by this table
 * (.dependency-cruiser.js) and ARCHITECTURE.md shows it. The order is from the ground up: a folder
 * imports only what stands above it here, so there are no cycles.
 *
 * An import may name a folder of a folder: `kvm/abi` are KVM's structs and numbers without the binding.
 * `types` are folders of which it may import types alone: reading a trace, or printing what a replay
 * found, must work where KVM's binding cannot be loaded. `packages` are those that it alone may load.
 */
export const FOLDERS = {
  base: {
    is: 'errors, names of options, numbers as text, JSON, temporary files; knows nothing',
    imports: [],
  },
  x86: {
    is: 'decoding, what an instruction can do, page walks; `dataflow`: which operand flows to which',
    imports: ['base'],
    packages: ['iced-x86'],
  },
  uefi: {
    is: 'services, statuses and GUIDs of UEFI, and how a call passes between guest and firmware',
    imports: ['base'],
  },
  kvm: {
    is: '/dev/kvm and nothing else: `abi` (structs, ioctls), VMs, vCPUs; `host`: whose KVM it is',
    imports: ['base'],
    packages: ['koffi'],
  },
  devices: {
    is: "a PC's chips, a file or folder each; `boards` connects them",
    imports: ['base'],
  },
  guest: {
    is: 'kinds of guest images (`formats`), where they lie (memory map), how they start (`boot`); `uefi`: a firmware',
    imports: ['base', 'kvm', 'uefi', 'devices'],
  },
  machine: {
    is: 'a vCPU with its memory, whoever runs it: registers as words, linear memory, pages written, its whole state',
    imports: ['base', 'x86', 'kvm'],
  },
  doctor: {
    is: 'what this KVM does under single step, found out with tiny guests (`hazards`)',
    imports: ['base', 'x86', 'kvm', 'guest'],
  },
  stepper: {
    is: 'one retired instruction at a time, exactly; `emulate`: what KVM refuses',
    imports: ['base', 'x86', 'kvm/abi', 'machine'],
  },
  trace: {
    is: 'the file: `format`, `write`, `read`, `pack`, and the queue to its thread; knows no KVM',
    imports: ['base', 'x86'],
    packages: ['better-sqlite3'],
  },
  capture: {
    is: 'what a step changed, as events of the trace',
    imports: ['base', 'x86', 'machine', 'stepper', 'trace'],
  },
  recorder: {
    is: 'guest in, trace out; `fork`: from a state of another trace',
    imports: [
      ...['base', 'uefi', 'kvm/abi', 'devices', 'guest', 'machine', 'doctor', 'stepper'],
      ...['trace', 'capture'],
    ],
    types: ['kvm'],
  },
  derive: {
    is: 'what follows from a trace: calls, accesses, executions, UEFI services',
    imports: ['base', 'x86', 'uefi', 'trace'],
  },
  query: {
    is: 'asking a trace, without KVM: states, steps, positions, calls, SQL; `why`',
    imports: ['base', 'x86', 'trace', 'derive'],
  },
  replay: {
    is: 'running a recording again and comparing each step',
    imports: [
      ...['base', 'x86', 'kvm/abi', 'machine', 'doctor', 'stepper'],
      ...['trace', 'capture', 'query'],
    ],
    types: ['kvm'],
  },
  diff: {
    is: 'two traces compared: `exact`, `aligned` (other builds), `dataflow` (causes); the verdict',
    imports: ['base', 'x86', 'trace', 'derive', 'query'],
  },
  cohort: {
    is: 'many traces: what sets those that fail apart from those that pass',
    imports: ['base', 'diff'],
  },
  views: {
    is: 'states, steps, replays, diffs and hosts as plain data and words',
    imports: ['base', 'trace', 'query', 'diff'],
    types: ['kvm', 'doctor', 'replay'],
  },
  report: {
    is: 'views as text, Markdown, JUnit, SARIF, annotations of GitHub',
    imports: ['base', 'trace', 'query', 'diff', 'views'],
    types: ['kvm', 'doctor', 'recorder', 'replay', 'cohort'],
  },
  web: {
    is: 'a server of a page on a trace, and what the page asks: `questions`, one file each; the page is web/',
    imports: ['base', 'trace', 'query', 'diff', 'views', 'report'],
  },
  export: {
    is: 'a trace in the formats of other tools: a small file each, behind one registry',
    imports: ['base', 'x86', 'trace', 'derive', 'query', 'web'],
    packages: ['hyparquet-writer'],
  },
  mcp: {
    is: 'a trace as a server for agents (Model Context Protocol): `tools`, one file each',
    imports: ['base', 'trace', 'query', 'diff', 'report'],
    packages: ['@modelcontextprotocol/sdk', 'zod'],
  },
  check: {
    is: 'suites of golden traces and their reports',
    imports: ['base', 'trace', 'query', 'diff', 'views', 'report'],
    packages: ['yaml'],
  },
  gdb: {
    is: "gdb's remote protocol over a position in a trace",
    imports: ['base', 'trace', 'query', 'report'],
  },
  tracee: {
    is: 'the API of linuxboot/voodoo, `trace/kvm`',
    imports: ['base', 'kvm', 'guest'],
  },
  library: {
    is: 'what package.json exports beside the root: record, replay, diff and compare as functions; kvm, tracee',
    imports: [
      ...['base', 'kvm', 'guest', 'recorder', 'trace', 'replay', 'diff', 'cohort', 'tracee'],
    ],
  },
  dap: {
    is: 'a debug adapter (VS Code and others) over a position in a trace',
    imports: ['base', 'x86', 'guest', 'trace', 'query', 'report', 'library'],
    packages: ['@vscode/debugadapter'],
  },
  cli: {
    is: 'the commands; what needs KVM is loaded when a command needs it',
    imports: [
      ...['base', 'kvm', 'guest', 'doctor', 'recorder', 'trace', 'derive', 'query', 'replay'],
      ...['diff', 'cohort', 'views', 'report', 'export', 'mcp', 'check', 'gdb', 'dap', 'web'],
    ],
    packages: ['yargs'],
  },
};

/** The table as ARCHITECTURE.md has it. */
export function architectureTable() {
  const list = (names) => names.join(', ') || '—';
  const rows = Object.entries(FOLDERS).map(([name, { is, imports, types = [] }]) => {
    const more = types.length > 0 ? `; types of ${list(types)}` : '';
    return `| \`src/${name}\` | ${is} | ${list(imports)}${more} |`;
  });
  return ['| folder | is | imports |', '|---|---|---|', ...rows].join('\n');
}
