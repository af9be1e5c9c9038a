/**
 * The guest's side of the firmware: code that hands a call to the recorder and carries out what it
 * answers. It does so with IN, INS, MOVS and STOS alone, so that all that the firmware does to
 * the guest is done by instructions of the guest: a trace holds them as port input, and a replay needs no firmware.
 *
 * Each service has a stub of 16 bytes. The calling convention is Microsoft's (UEFI 2.10, 2.3.4): arguments in
 * RCX, RDX, R8, R9, then above 32 bytes of shadow space; RDI and RSI are the caller's.
 */

/** Written: the number of a service. Read: the next word, or byte, of the answer. */
export const CALL_PORT = 0xea;
/** Written when a function of the guest that the firmware called has returned, with RAX as it left it. */
export const RETURN_PORT = 0xeb;

/** Bytes of a stub, the return in it. */
export const STUB_BYTES = 16;

/** What an answer consists of: a word that names a command, then its operands, each a word. */
export const Command = {
  /** low, high: the call returns this status. */
  return: 0,
  /** address, count, then so many bytes: puts them there. */
  write: 1,
  /** address, count, byte: fills memory. */
  fill: 2,
  /** destination, count, source: copies upwards. */
  copy: 3,
  /** last destination, count, last source: copies downwards. */
  copyDown: 4,
  /** rcx, rdx low, rdx high, function: calls it and tells when it has returned. */
  call: 5,
  /** rsp: goes on as if the call whose frame that is were answered. */
  unwind: 6,
} as const;

/** From RSP at a call's OUT to the return address of the service: 0x28 of frame, RSI, RDI. */
export const FRAME_BYTES = 0x38;

/** Lines of [label, bytes, what they are]; `@name` in the bytes is a relative byte to that label. */
const COMMON: readonly (readonly [label: string, bytes: string, text: string])[] = [
  ['common', '57', 'push rdi'],
  ['', '56', 'push rsi'],
  ['', '48 83 ec 28', 'sub rsp, 0x28'],
  ['', 'e7 ea', 'out 0xea, eax'],
  ['reply', 'e5 ea', 'in eax, 0xea'],
  ['', 'ff c8', 'dec eax'],
  ['', '78 @return', 'js return'],
  ['', '74 @write', 'jz write'],
  ['', 'ff c8', 'dec eax'],
  ['', '74 @fill', 'jz fill'],
  ['', 'ff c8', 'dec eax'],
  ['', '74 @copy', 'jz copy'],
  ['', 'ff c8', 'dec eax'],
  ['', '74 @down', 'jz down'],
  ['', 'ff c8', 'dec eax'],
  ['', '74 @call', 'jz call'],
  ['unwind', 'e5 ea', 'in eax, 0xea'],
  ['', '48 89 c4', 'mov rsp, rax'],
  ['', 'eb @reply', 'jmp reply'],
  ['write', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c7', 'mov edi, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'ba ea 00 00 00', 'mov edx, 0xea'],
  ['', 'f3 6c', 'rep insb'],
  ['', 'eb @reply', 'jmp reply'],
  ['fill', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c7', 'mov edi, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', 'f3 aa', 'rep stosb'],
  ['', 'eb @reply', 'jmp reply'],
  ['copy', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c7', 'mov edi, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c6', 'mov esi, eax'],
  ['', 'f3 a4', 'rep movsb'],
  ['', 'eb @reply', 'jmp reply'],
  ['down', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c7', 'mov edi, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c6', 'mov esi, eax'],
  ['', 'fd', 'std'],
  ['', 'f3 a4', 'rep movsb'],
  ['', 'fc', 'cld'],
  ['', 'eb @reply', 'jmp reply'],
  ['call', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c2', 'mov edx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '48 c1 e0 20', 'shl rax, 32'],
  ['', '48 09 c2', 'or rdx, rax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', 'ff d0', 'call rax'],
  ['', 'e7 eb', 'out 0xeb, eax'],
  ['', 'eb @reply', 'jmp reply'],
  ['return', 'e5 ea', 'in eax, 0xea'],
  ['', '89 c1', 'mov ecx, eax'],
  ['', 'e5 ea', 'in eax, 0xea'],
  ['', '48 c1 e0 20', 'shl rax, 32'],
  ['', '48 09 c8', 'or rax, rcx'],
  ['', '48 83 c4 28', 'add rsp, 0x28'],
  ['', '5e', 'pop rsi'],
  ['', '5f', 'pop rdi'],
  ['', 'c3', 'ret'],
];

/** The code that all stubs lead to, position-independent. */
export function commonCode(): Uint8Array {
  const items = COMMON.map(([label, bytes]) => ({ label, parts: bytes.split(' ') }));
  const labels = new Map<string, number>();
  let size = 0;
  for (const { label, parts } of items) {
    if (label !== '') labels.set(label, size);
    size += parts.length;
  }
  const code: number[] = [];
  for (const { parts } of items) {
    for (const part of parts) {
      const target = part.startsWith('@') ? labels.get(part.slice(1)) : undefined;
      code.push(target === undefined ? parseInt(part, 16) : (target - code.length - 1) & 0xff);
    }
  }
  return Uint8Array.from(code);
}

/**
 * The stub at `address`, which names service `number` and leads to the common code.
 *
 * @param takesRax the call's only argument is in RAX: an entry point that returns
 */
export function stub(
  address: number,
  number: number,
  common: number,
  takesRax: boolean,
): Uint8Array {
  const bytes = new Uint8Array(STUB_BYTES).fill(0xcc);
  const view = new DataView(bytes.buffer);
  // mov rcx, rax; mov eax, number; jmp common
  let at = 0;
  if (takesRax) {
    bytes.set([0x48, 0x89, 0xc1]);
    at = 3;
  }
  view.setUint8(at, 0xb8);
  view.setUint32(at + 1, number, true);
  view.setUint8(at + 5, 0xe9);
  view.setInt32(at + 6, common - (address + at + 10), true);
  return bytes;
}

/** The common code as a listing, for people and tests. */
export const COMMON_LISTING: readonly string[] = COMMON.map(([label, , text]) =>
  label === '' ? `  ${text}` : `${label}: ${text}`,
);
