/** Which pages that KVM reports as written are rows of a trace although no byte of them changed. */
import test from 'ava';
import { SilentStores } from '../../src/capture/silent-stores.js';
import type { Code } from '../../src/stepper/code-cache.js';
import { LinearMemory } from '../../src/machine/linear-memory.js';
import {
  CR0,
  CR3,
  CR4,
  EFER,
  MACHINE_WORDS,
  RFLAGS,
  RSP,
} from '../../src/machine/register-words.js';
import { classify } from '../../src/x86/classify.js';

const PAGES = 16;
const RBX = 2;
const RCX = 4;
const RSI = 8;
const RDI = 10;

/** A guest in 64-bit mode, before and after a step, whose tables, in pages 1 to 3, map the first 2 MB where they are. */
function guest(
  registers: Readonly<Record<number, number>>,
  after: Readonly<Record<number, number>> = {},
): {
  pages: (hex: string | undefined) => number[];
} {
  const bytes = new Uint8Array(PAGES * 4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x1000, 0x2003, true);
  view.setUint32(0x2000, 0x3003, true);
  view.setUint32(0x3000, 0x83, true);
  const words = new Int32Array(MACHINE_WORDS);
  words[CR0] = 0x80000001 | 0;
  words[CR3] = 0x1000;
  words[CR4] = 0x20;
  words[EFER] = 0x500;
  for (const [word, value] of Object.entries(registers)) words[Number(word)] = value;
  const memory = new LinearMemory(words, [
    { slot: 0, gpa: 0, size: bytes.length, bytes, address: 0 },
  ]);
  const silent = new SilentStores(memory, words, Int32Array.from(words));
  for (const [word, value] of Object.entries(after)) words[Number(word)] = value;
  return {
    pages(hex) {
      const code =
        hex === undefined
          ? undefined
          : ({ mode: 64, class: classify(Buffer.from(hex, 'hex'), 64, 0x4000n) } as Code);
      // The walk that fetched it has been through the tables.
      memory.locate(0x4000, 0);
      silent.begin();
      return [...Array(PAGES).keys()].filter((page) => silent.explain(code, bytes, page));
    },
  };
}

test('a store is told, the tables that were walked for it are not', (t) => {
  t.deepEqual(guest({ [RBX]: 0x5010 }).pages('488903'), [5], 'mov [rbx], rax');
  t.deepEqual(guest({ [RBX]: 0x5ffc }).pages('488903'), [5, 6], 'over the end of a page');
  t.deepEqual(guest({ [RSP]: 0x8000 }).pages('50'), [7], 'push rax');
  t.deepEqual(guest({ [RBX]: 0x2000 }).pages('488903'), [2], 'a store to a table is one');
});

test('of what does not store there is nothing to tell', (t) => {
  t.deepEqual(guest({ [RBX]: 0x5010 }).pages('488b03'), [], 'mov rax, [rbx]');
  t.deepEqual(guest({}).pages('90'), [], 'nop');
});

test('a string instruction has stored where its pointer went, and nowhere else', (t) => {
  const fill = { [RDI]: 0x5ff8, [RCX]: 16 };
  t.deepEqual(guest(fill, { [RCX]: 0 }).pages('f3aa'), [5, 6], 'over the end of a page');
  t.deepEqual(guest(fill, { [RCX]: 8 }).pages('f3aa'), [5], 'as far as it came');
  t.deepEqual(guest(fill, { [RCX]: 16 }).pages('f3aa'), [], 'not at all');
  t.deepEqual(guest({ ...fill, [RFLAGS]: 0x402 }, { [RCX]: 0 }).pages('f3aa'), [5], 'downwards');
  const copy = { ...fill, [RSI]: 0x8000, [RCX]: 0x1000 };
  t.deepEqual(guest(copy, { [RCX]: 0 }).pages('f3a4'), [5, 6], 'what it only reads is not stored');
  t.deepEqual(guest(copy, { [RCX]: 0 }).pages('f3a6'), [], 'a comparison stores nothing');
});

test('of a delivery: its frame', (t) => {
  t.deepEqual(guest({ [RSP]: 0x8000 }).pages(undefined), [8]);
  t.deepEqual(guest({ [RSP]: 0x8ff0 }).pages(undefined), [8, 9]);
});
