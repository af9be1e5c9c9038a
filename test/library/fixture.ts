import { writeFixtureTrace } from '../helpers/fixture-trace.js';

/** A trace of two instructions, the second of which prints `character`. */
export function fixtureTrace(character: number): string {
  const hex = character.toString(16).padStart(2, '0');
  return writeFixtureTrace({
    meta: { guest_sha256: 'f'.repeat(64) },
    steps: [
      { rip: 0x1000, bytes: 'b001', text: 'mov al, 1', registers: { rax: character } },
      { rip: 0x1002, bytes: 'e6e9', text: 'out 0xe9, al', out: [0xe9, hex] },
    ],
  });
}
