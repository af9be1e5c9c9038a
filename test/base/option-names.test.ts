/** Messages name options as whoever reads them has given them. */
import test from 'ava';
import { nameOptionsAsOnCommandLine, option, tool } from '../../src/base/option-names.js';

test('the library has names of properties, the command line has flags', (t) => {
  t.is(option('max-steps'), '`maxSteps`');
  t.is(option('format', 'flat'), "`format: 'flat'`");
  t.is(option('ignore-port'), '`ignore.ports`');
  t.is(tool('kvmtrace index t.db', 'indexTrace'), 'indexTrace');
  nameOptionsAsOnCommandLine();
  t.is(option('max-steps'), '--max-steps');
  t.is(option('format', 'flat'), '--format flat');
  t.is(option('output'), '-o');
  t.is(tool('kvmtrace index t.db', 'indexTrace'), 'kvmtrace index t.db');
});
