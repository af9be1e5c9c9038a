/** Notes in an ELF (gABI, "Note Section"): what a linker or kernel says to its loader. */
import { viewOf } from '../bytes.js';
import { tableRecords, type ElfHeader } from './header.js';

const PT_NOTE = 4;

/** The description of the note with this owner and type; undefined where there is none. */
export function findNote(
  guest: string,
  bytes: Uint8Array,
  header: ElfHeader,
  wanted: { readonly owner: string; readonly type: number },
): Uint8Array | undefined {
  const size = header.is64 ? 56 : 32;
  for (const record of tableRecords(guest, bytes, header.programHeaders, size, 'program headers')) {
    if (record.getUint32(0, true) !== PT_NOTE) continue;
    const offset = header.is64 ? Number(record.getBigUint64(8, true)) : record.getUint32(4, true);
    const length = header.is64 ? Number(record.getBigUint64(32, true)) : record.getUint32(16, true);
    const found = searchNotes(bytes.subarray(offset, offset + length), wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function searchNotes(
  notes: Uint8Array,
  { owner, type }: { readonly owner: string; readonly type: number },
): Uint8Array | undefined {
  const view = viewOf(notes);
  const align = (value: number): number => Math.ceil(value / 4) * 4;
  for (let at = 0; at + 12 <= notes.length;) {
    const [nameSize, size, kind] = [0, 4, 8].map((each) => view.getUint32(at + each, true)) as [
      number,
      number,
      number,
    ];
    const nameAt = at + 12;
    const dataAt = nameAt + align(nameSize);
    const name = Buffer.from(notes.subarray(nameAt, nameAt + nameSize)).toString('latin1');
    if (name === `${owner}\0` && kind === type && dataAt + size <= notes.length) {
      return notes.subarray(dataAt, dataAt + size);
    }
    at = dataAt + align(size);
  }
  return undefined;
}
