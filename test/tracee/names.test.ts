import test from 'ava';
import * as api from '../../src/index.js';

test('exits have the names that Go printed', (t) => {
  const names: Readonly<Record<string, number>> = {
    ...{ ExitUnknown: 0, ExitException: 1, ExitIo: 2, ExitHypercall: 3, ExitDebug: 4 },
    ...{ ExitHalt: 5, ExitMmio: 6, ExitIrqWindowOpen: 7, ExitShutdown: 8, ExitFailEntry: 9 },
    ...{ ExitIntr: 10, ExitSetTPR: 11, ExitTprAccess: 12, ExitNmi: 16, ExitInternalError: 17 },
    ...{ ExitOsi: 18, ExitWatchdog: 21, ExitEpr: 23, ExitSystemEvent: 24, ExitIoapicEOI: 26 },
  };
  for (const [name, value] of Object.entries(names)) t.is(api.exitName(value), name);
  t.is(api.exitName(99), 'unknown exit 0x63');
  t.is(new api.VMRun({ exitReason: 5 }).toString(), 'ExitHalt');
});

test('the constants of Go are exported under their names', (t) => {
  t.is(api.ExitHlt, 5);
  t.is(api.ExitTPRAccess, 12);
  t.is(api.Exit.Hlt, api.ExitHlt);
  t.like(api, { APIVersion: 12, KVMIO: 0xae, PageTableBase: 0xffff_0000 });
  t.like(api, { Enable: 1, SingleStep: 2 });
});

test('register bits are those of the SDM', (t) => {
  const bits: readonly (readonly [string, readonly string[], readonly number[]])[] = [
    [
      'CR0',
      ['PE', 'MP', 'EM', 'TS', 'ET', 'NE', 'WP', 'AM', 'NW', 'CD', 'PG'],
      [0, 1, 2, 3, 4, 5, 16, 18, 29, 30, 31],
    ],
    [
      'CR4',
      [
        'VME',
        'PVI',
        'TSD',
        'DE',
        'PSE',
        'PAE',
        'MCE',
        'PGE',
        'PCE',
        'OSFXSR',
        'OSXMMEXCPT',
        'UMIP',
        'VMXE',
        'SMXE',
        'FSGSBASE',
        'PCIDE',
        'OSXSAVE',
        'SMEP',
        'SMAP',
      ],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 18, 20, 21],
    ],
    ['EFER', ['SCE', 'LME', 'LMA', 'NXE'], [0, 8, 10, 11]],
    ['PDE64', ['PRESENT', 'RW', 'USER', 'ACCESSED', 'DIRTY', 'PS', 'G'], [0, 1, 2, 5, 6, 7, 8]],
  ];
  const values = api as unknown as Readonly<Record<string, number>>;
  for (const [register, names, positions] of bits) {
    for (const [index, name] of names.entries()) {
      t.is(values[`${register}_${name}`], 2 ** positions[index]!, `${register}_${name}`);
    }
  }
});
