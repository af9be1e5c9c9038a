import test from 'ava';
import fc from 'fast-check';
import { disassemble, type Mode } from '../../src/x86/iced.js';
import { writtenPieces } from '../../src/x86/written.js';

const hex = (bytes: string): Buffer => Buffer.from(bytes, 'hex');

/** Little-endian. */
function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

/** As the disassembly has them: small ones in decimal. */
function written(value: bigint): string {
  return value < 10n ? value.toString() : `0x${value.toString(16)}`;
}

/** Of a power of two its exponent, else -1. */
function bitsOf(power: bigint): bigint {
  const bits = BigInt(power.toString(2).length - 1);
  return power === 1n << bits ? bits : -1n;
}

/** 64 bits, with the halves that lose something where a half is looked at alone. */
const half = fc.oneof(fc.constantFrom(0, 1, 9, 10, 0xffffffff), fc.nat(0xffffffff));
const number = fc.tuple(half, half).map(([high, low]) => (BigInt(high) << 32n) | BigInt(low >>> 0));

test('immediates, absolute addresses and where branches go have all of their 64 bits', (t) => {
  fc.assert(
    fc.property(number, (value) => {
      const movabs = Buffer.concat([hex('48b8'), word(value)]);
      t.is(disassemble(movabs, 64, 0x1000n), `mov rax, ${written(value)}`);
      const moffs = Buffer.concat([hex('48a1'), word(value)]);
      t.is(disassemble(moffs, 64, 0x1000n), `mov rax, [${written(value)}]`);
      const next = BigInt.asUintN(64, value - 0x10n);
      t.is(
        disassemble(hex('e80b000000'), 64, next),
        `call ${written(BigInt.asUintN(64, next + 16n))}`,
      );
      t.is(
        disassemble(hex('8b0500000000'), 64, BigInt.asUintN(64, value - 6n)),
        `mov eax, [${written(value)}]`,
      );
    }),
  );
});

test('what is no number of its own stays as it is', (t) => {
  t.is(disassemble(hex('8d444b05'), 64, 0n), 'lea eax, [rbx+rcx*2+5]');
  t.is(disassemble(hex('8b43f8'), 64, 0n), 'mov eax, [rbx-8]');
  t.is(disassemble(hex('f2480f10c1'), 64, 0n), 'movsd xmm0, xmm1');
  t.is(disassemble(hex('ffff'), 64, 0n), '(bad)');
});

test('the pieces of an instruction are its disassembly, and have every number of it', (t) => {
  const bytes = fc
    .array(fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 5, 0x48, 0x66, 0x0f, 0xc0)), {
      minLength: 15,
      maxLength: 15,
    })
    .map((each) => Buffer.from(each));
  fc.assert(
    fc.property(bytes, fc.constantFrom<Mode>(16, 32, 64), number, (code, mode, rip) => {
      const text = disassemble(code, mode, rip);
      fc.pre(text !== '(bad)');
      const pieces = writtenPieces(code, mode, rip);
      const whole = pieces.map((each) => each.text).join('');
      t.is(whole.replaceAll(/\b0x([0-9])\b/g, '$1'), text);
      for (const { text: piece, number: found } of pieces) {
        if (found === undefined) continue;
        const digits = BigInt(piece.replace(/^[+-]/, ''));
        // What is subtracted is the complement, in as many bits as the address has.
        if (!piece.startsWith('-')) t.is(digits, found.value, text);
        else t.true([16n, 32n, 64n].includes(bitsOf(digits + found.value)), text);
      }
    }),
    { numRuns: 2000 },
  );
});

test('pieces: a negative displacement is an address, bytes that are no instruction are themselves', (t) => {
  const numbers = (bytes: string, mode: Mode): unknown[] =>
    writtenPieces(hex(bytes), mode, 0x1000n)
      .filter((each) => each.number !== undefined)
      .map(({ text, number: found }) => [text, found!.role, found!.value]);
  t.deepEqual(numbers('488b04c500d00f80', 64), [
    ['-0x7ff03000', 'displacement', 0xffffffff800fd000n],
  ]);
  t.deepEqual(numbers('8b04c500d00f80', 32), [['-0x7ff03000', 'displacement', 0x800fd000n]]);
  t.deepEqual(numbers('e905000000', 64), [['0x100a', 'branch', 0x100an]]);
  t.deepEqual(numbers('c7451001000000', 64), [
    ['+0x10', 'displacement', 0x10n],
    ['0x1', 'immediate', 1n],
  ]);
  t.deepEqual(
    writtenPieces(hex('ffff01'), 64, 0n).map(({ text }) => text),
    ['(bad) ffff01'],
  );
});
