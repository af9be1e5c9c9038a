/** The code that the firmware puts into the guest is the code that its listing says. */
import test from 'ava';
import { disassemble } from '../../src/x86/iced.js';
import { commonCode, COMMON_LISTING, stub } from '../../src/uefi/thunk.js';
import { decodeAll } from './decode-all.js';

test('the common code disassembles to its listing', (t) => {
  const listing = COMMON_LISTING.map((line) => line.replace(/^\w*: */, '').trim());
  const decoded = decodeAll(commonCode());
  t.is(decoded.length, listing.length);
  for (const [index, { text }] of decoded.entries()) {
    // Labels in the listing, addresses in the disassembly.
    const [mnemonic] = listing[index]!.split(' ');
    if (mnemonic!.startsWith('j'))
      t.true(text.startsWith(mnemonic === 'jz' ? 'je' : mnemonic!), text);
    else if (mnemonic === 'rep') t.true(text.startsWith(listing[index]!), text);
    else t.is(text.replaceAll(/0x([0-9])\b/g, '$1'), listing[index]!.replaceAll(/\b32$/g, '0x20'));
  }
});

test('jumps of the common code lead to their labels', (t) => {
  const decoded = decodeAll(commonCode());
  const labels = new Map(
    COMMON_LISTING.flatMap((line, index) => {
      const label = /^(\w+):/.exec(line)?.[1];
      return label === undefined ? [] : [[label, decoded[index]!.offset] as const];
    }),
  );
  for (const [index, line] of COMMON_LISTING.entries()) {
    const target = /\bj\w+ (\w+)$/.exec(line)?.[1];
    if (target === undefined) continue;
    const address = Number(/0x[0-9a-f]+|\d+$/.exec(decoded[index]!.text)?.[0]);
    t.is(address, labels.get(target)!, line);
  }
});

test('a stub names its service and jumps to the common code', (t) => {
  const bytes = stub(0x2000, 0x1234, 0x1000, false);
  t.is(disassemble(bytes.subarray(0, 5), 64, 0x2000n), 'mov eax, 0x1234');
  t.is(disassemble(bytes.subarray(5, 10), 64, 0x2005n), 'jmp 0x1000');
  const returning = stub(0x2000, 7, 0x1000, true);
  t.is(disassemble(returning.subarray(0, 3), 64, 0x2000n), 'mov rcx, rax');
  t.is(disassemble(returning.subarray(8, 13), 64, 0x2008n), 'jmp 0x1000');
});
