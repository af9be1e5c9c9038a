/** Line numbers as readelf decodes them, of C, C++ and Rust, in every version of DWARF there is. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DwarfError } from '../../../../src/guest/formats/dwarf/cursor.js';
import { allLineRows, readSourceLines } from '../../../../src/guest/formats/dwarf/source-lines.js';
import { lineSections, readDebugLines } from '../../../../src/guest/formats/elf/debug-lines.js';
import { readElfHeader } from '../../../../src/guest/formats/elf/header.js';
import { buildGuest } from '../../../helpers/built-guest.js';
import { temporaryDirectory } from '../../../helpers/temporary.js';

/** `file line address statement`, `-` for the line where a sequence ends. */
function rowsOfReadelf(path: string): string[] {
  const output = execFileSync('readelf', ['--debug-dump=decodedline', '--wide', path], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 ** 2,
  });
  const row =
    /^(?<file>\S.*?) +(?<line>\d+|-) +(?<address>0x[0-9a-f]+|0)(?:\[\d+\])?(?: +\d+)?(?: +(?<is>x))?(?: +(?<end>END))?\s*$/;
  return output.split('\n').flatMap((text) => {
    const { file, line, address, is } = row.exec(text)?.groups ?? {};
    if (file === undefined || address === undefined) return [];
    return [
      `${basename(file)} ${line!} ${BigInt(address).toString(16)} ${line === '-' ? '' : (is ?? '')}`,
    ];
  });
}

function ownRows(path: string): string[] {
  const bytes = readFileSync(path);
  const sections = lineSections(path, bytes, readElfHeader(path, bytes))!;
  return [...allLineRows(sections)].map(({ address, file, line, isStatement, endSequence }) => {
    const where = `${basename(file ?? '<unknown>')} ${endSequence ? '-' : line}`;
    return `${where} ${address.toString(16)} ${isStatement && !endSequence ? 'x' : ''}`;
  });
}

function compare(t: ExecutionContext, path: string, least: number): void {
  const expected = rowsOfReadelf(path);
  t.true(expected.length > least, `${expected.length} rows`);
  t.deepEqual(ownRows(path), expected);
}

for (const version of [2, 3, 4, 5]) {
  test(`a guest in C, DWARF ${version}`, (t) => {
    for (const optimization of ['-O0', '-O2']) {
      const flags = [
        optimization,
        `-gdwarf-${version}`,
        ...(version < 5 ? ['-gstrict-dwarf'] : []),
      ];
      compare(t, buildGuest('lines.c', { folder: 'gdb', flags }), 15);
    }
  });
}

test('a guest in C, 64-bit DWARF and packed sections', (t) => {
  compare(t, buildGuest('lines.c', { folder: 'gdb', flags: ['-O1', '-g', '-gdwarf64'] }), 15);
  const packed = buildGuest('lines.c', { folder: 'gdb', flags: ['-O1', '-g', '-gz=zlib'] });
  compare(t, packed, 15);
});

test('a program in C++, with lines of headers', (t) => {
  const directory = temporaryDirectory();
  const source = join(directory, 'main.cc');
  const path = join(directory, 'main');
  writeFileSync(
    source,
    `#include <algorithm>
#include <vector>
template <typename T> T largest(const std::vector<T> &all) {
  return *std::max_element(all.begin(), all.end());
}
int main(int count, char **) { return largest<int>({count, 2, 3}) + largest<long>({1, count}); }
`,
  );
  execFileSync('g++', ['-g', '-O1', '-static', '-no-pie', '-o', path, source]);
  compare(t, path, 100);
  const { lines, lost } = readDebugLines(path, readFileSync(path));
  t.is(lost, undefined);
  t.true(lines.some(({ file }) => file.endsWith('/stl_algo.h')));
  t.true(lines.some(({ file, line }) => file === source && line === 6));
});

const hasRust = spawnSync('rustc', ['--version']).status === 0;
(hasRust ? test : test.skip)(`a program in Rust${hasRust ? '' : ' (skipped: no rustc)'}`, (t) => {
  const directory = temporaryDirectory();
  const source = join(directory, 'main.rs');
  const path = join(directory, 'main');
  writeFileSync(
    source,
    'fn main() { let all = vec![3, 1, 2]; println!("{:?}", all.iter().max()); }\n',
  );
  execFileSync('rustc', [
    ...['-g', '-C', 'relocation-model=static', '-C', 'target-feature=+crt-static'],
    ...['-o', path, source],
  ]);
  compare(t, path, 1000);
});

test('code that readelf has no line of is that of none, other code of its line', (t) => {
  const path = buildGuest('lines.c', { folder: 'gdb', flags: ['-O2', '-g'] });
  const { lines } = readDebugLines(path, readFileSync(path));
  const addr2line = (address: bigint): string =>
    execFileSync('addr2line', ['-e', path, address.toString(16)], { encoding: 'utf8' }).trim();
  t.true(lines.length > 5);
  for (const [i, { address, size, file, line }] of lines.entries()) {
    t.regex(addr2line(address), new RegExp(`${basename(file)}:${line}(?: |$)`), String(i));
    const last = address + BigInt(size - 1);
    t.regex(addr2line(last), new RegExp(`${basename(file)}:${line}(?: |$)`), String(i));
  }
});

test('a damaged section is read as far as it goes, and never beyond', (t) => {
  const path = buildGuest('lines.c', { folder: 'gdb', flags: ['-O2', '-g'] });
  const bytes = readFileSync(path);
  const sections = lineSections(path, bytes, readElfHeader(path, bytes))!;
  const whole = sections.line;
  let damaged = 0;
  for (let at = 0; at < whole.length; at++) {
    const line = Uint8Array.from(whole);
    line[at] = line[at]! ^ 0xff;
    const { lines, lost } = readSourceLines({ ...sections, line }, () => true);
    if (lost !== undefined) damaged++;
    t.true(lines.every(({ size }) => size > 0));
    readSourceLines({ ...sections, line: whole.subarray(0, at) }, () => true);
  }
  t.true(damaged > 0);
  t.throws(() => [...allLineRows({ ...sections, line: whole.subarray(0, 40) })], {
    instanceOf: DwarfError,
  });
});
