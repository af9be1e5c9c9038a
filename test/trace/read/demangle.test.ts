/** Names of C++ and Rust; what is right was taken from c++filt (GNU binutils 2.40) and addr2line. */
import test from 'ava';
import { demangle, displayName, showDemangled } from '../../../src/trace/read/demangle.js';

const NAMES: Readonly<Record<string, string>> = {
  _Z3fooi: 'foo(int)',
  _ZN3foo3barEv: 'foo::bar()',
  _ZNKSt6vectorIiSaIiEE4sizeEv: 'std::vector<int, std::allocator<int> >::size() const',
  _ZN12_GLOBAL__N_13fooEv: '(anonymous namespace)::foo()',
  _ZZ4mainENKUlvE_clEv: 'main::{lambda()#1}::operator()() const',
  '_Z3fooi.cold': 'foo(int) [clone .cold]',
  _ZTV3Foo: 'vtable for Foo',
  _ZTT3Foo: 'VTT for Foo',
  _ZTI3Foo: 'typeinfo for Foo',
  _ZThn16_N3Foo1fEv: 'non-virtual thunk to Foo::f()',
  _ZTv0_n24_N3Foo1fEv: 'virtual thunk to Foo::f()',
  // Of Rust addr2line leaves the hash out.
  _ZN4core3fmt5Write9write_fmt17h0123456789abcdefE: 'core::fmt::Write::write_fmt',
  _RNvNtCs1234_7mycrate3foo3bar: 'mycrate::foo::bar',
};

test('names of C++ and Rust, as in their source', (t) => {
  for (const [mangled, name] of Object.entries(NAMES)) t.is(demangle(mangled), name);
});

test('other names stay as they are, also those that look like it', (t) => {
  for (const name of [
    'main',
    '_start',
    '_Z',
    '_Zork',
    '_R',
    '_Reset_handler',
    '__Z3fooi',
    '?f@@YAHH@Z',
    '',
  ]) {
    t.is(demangle(name), name);
  }
});

test('a name that would unfold to gigabytes stays as it is, at once', (t) => {
  const reference = (n: number): string =>
    n === 0 ? 'S_' : `S${(n - 1).toString(36).toUpperCase()}_`;
  const doubled = (n: number): string =>
    `_Z1fSt4pairIiiE${Array.from({ length: n }, (_, i) => `S_I${reference(i + 1).repeat(2)}E`).join('')}`;
  const start = performance.now();
  t.is(demangle(doubled(30)), doubled(30));
  const deep = `_Z1f${'P'.repeat(4000)}i`;
  t.is(typeof demangle(deep), 'string');
  t.true(performance.now() - start < 2000);
  t.regex(demangle(doubled(3)), /^f\(std::pair<int, int>, /);
  t.is(demangle('_Z3fooi'), 'foo(int)', 'goes on after a name that it failed at');
});

test.serial('who runs the process may want them as linkers have them', (t) => {
  t.is(displayName('_Z3fooi'), 'foo(int)');
  showDemangled(false);
  t.is(displayName('_Z3fooi'), '_Z3fooi');
  showDemangled(true);
});
