/** What a trace says of itself in `meta`, in words, under the names that people have for it. */
import type { Meta, MetaValue } from '../trace/read/meta.js';
import { formatBytes, hex } from '../base/number-text.js';
import { DERIVED_SEAL_KEY, SEAL_KEY } from '../trace/seal.js';
import { formatSymbol, type SymbolOffset } from '../trace/read/symbols.js';

/** A name and a sentence. */
export type InfoLine = readonly [name: string, text: string];

/** Keys that the lines below tell, and those that other parts of `info` do. */
const TOLD = new Set([
  ...['complete', 'steps', 'stop_reason', 'stop_detail', 'recorder', 'exit_code', 'final_rip'],
  ...['kernel', 'host', 'host_kvm', 'host_detail', 'guest', 'guest_format', 'guest_sha256', 'mode'],
  ...['memory', 'load', 'entry', 'segments', 'tool_version', 'format_version', 'dirty_mode', 'fpu'],
  ...['snapshot_every', 'parent', 'parent_step', 'parent_sets', 'steps_before'],
  ...['start_at', 'exits_before', 'clock', 'ring', 'steps_dropped'],
  ...['derived_version', 'derived_steps', SEAL_KEY, DERIVED_SEAL_KEY],
]);

const MODES: Readonly<Record<string, string>> = {
  real: '16-bit real mode',
  protected: '32-bit protected mode',
  long: '64-bit long mode',
};
const FORMATS: Readonly<Record<string, string>> = {
  elf: 'an ELF file',
  flat: 'a flat binary',
  efi: 'a UEFI program',
  multiboot: 'a multiboot kernel',
  pvh: 'a kernel with a PVH entry',
  linux: 'a Linux kernel',
  boot: 'a boot sector or disk',
};

/** @param symbolAt the symbol of a linear address */
export function infoLines(
  meta: Meta,
  symbolAt: (address: bigint) => SymbolOffset | undefined,
): InfoLine[] {
  const is = (key: string): boolean => meta.get(key) !== undefined && meta.get(key) !== null;
  const words = (key: string): string => String(meta.get(key));
  const address = (key: string): string => {
    const value = unsigned(meta.get(key));
    const symbol = value === undefined ? undefined : symbolAt(value);
    const name = symbol === undefined ? '' : ` (${formatSymbol(symbol)})`;
    return value === undefined ? words(key) : hex(value) + name;
  };
  const join = (...parts: (string | false)[]): string =>
    parts.filter((part) => part !== false).join(', ');
  const lines: InfoLine[] = [];
  const add = (name: string, text: string): void => {
    if (text !== '') lines.push([name, text]);
  };
  add(
    'guest',
    join(
      is('guest') && words('guest'),
      is('guest_format') && named(FORMATS, words('guest_format')),
    ),
  );
  add('its SHA-256', is('guest_sha256') ? words('guest_sha256') : '');
  add(
    'started',
    join(
      is('mode') && `in ${named(MODES, words('mode'))}`,
      is('memory') && `with ${memoryText(meta.get('memory'))} of memory`,
      is('load') && `loaded at ${hexText(meta.get('load'))}`,
      is('entry') && `entered at ${address('entry')}`,
    ),
  );
  add(
    'recorded from',
    join(
      is('start_at') && words('start_at'),
      is('start_at') && is('steps_before') && `after ${words('steps_before')} steps`,
      is('exits_before') && `after ${words('exits_before')} accesses to ports and MMIO`,
    ),
  );
  add(
    'kept',
    is('ring')
      ? `the last ${words('ring')} steps at least, ${words('steps_dropped')} before them not`
      : '',
  );
  add('device clock', words('clock') === 'exits' ? 'accesses to ports and MMIO' : '');
  add(
    'ended',
    join(
      is('final_rip') && `at ${address('final_rip')}`,
      is('exit_code') && `with exit code ${words('exit_code')}`,
    ),
  );
  add(
    'branched off',
    join(
      is('parent') && words('parent'),
      is('parent_step') && `state ${words('parent_step')}`,
      is('parent_sets') && words('parent_sets') !== '' && `with ${words('parent_sets')}`,
      is('parent') &&
        is('steps_before') &&
        `${words('steps_before')} steps after the guest's start`,
    ),
  );
  add(
    'recorded by',
    join(
      is('tool_version') && `kvmtrace ${words('tool_version')}`,
      is('format_version') && `trace format ${words('format_version')}`,
      is('dirty_mode') && `memory by the dirty ${words('dirty_mode')}`,
      is('fpu') && (meta.get('fpu') === 0n ? 'without vector registers' : 'with vector registers'),
      is('snapshot_every') && `a snapshot every ${words('snapshot_every')} steps`,
    ),
  );
  // What another version has to say.
  for (const [key, value] of meta) if (!TOLD.has(key)) add(key, String(value));
  return lines;
}

function named(names: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(names, key) ? names[key]! : key;
}

function unsigned(value: MetaValue | undefined): bigint | undefined {
  return typeof value === 'bigint' ? BigInt.asUintN(64, value) : undefined;
}

function hexText(value: MetaValue | undefined): string {
  const number = unsigned(value);
  return number === undefined ? String(value) : hex(number);
}

const BINARY_UNITS = [
  ['GiB', 2n ** 30n],
  ['MiB', 2n ** 20n],
  ['KiB', 2n ** 10n],
] as const;

/** `64 MiB`, as --memory takes it; what is no whole number of them in decimal units. */
function memoryText(value: MetaValue | undefined): string {
  if (typeof value !== 'bigint' || value < 0n) return String(value);
  const unit = BINARY_UNITS.find(([, bytes]) => value >= bytes && value % bytes === 0n);
  return unit === undefined ? formatBytes(Number(value)) : `${value / unit[1]} ${unit[0]}`;
}
