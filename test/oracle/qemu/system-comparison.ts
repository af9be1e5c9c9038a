import type { TraceCursor } from '../helpers/cursor.js';
import type { SystemState } from './system-state.js';

const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'tr', 'ldtr'];
const OTHERS = [
  'gdtr_base', 'gdtr_limit', 'idtr_base', 'idtr_limit',
  'cr0', 'cr2', 'cr3', 'cr4', 'efer',
]; // prettier-ignore

/** CR0.PE. */
const PROTECTION = 1n;
/** Bit 16 of a segment's attributes in a trace: not usable, whatever else it holds. */
const UNUSABLE = 0x10000n;
/**
 * QEMU keeps the TSS's type as LTR found it, before it marked the descriptor busy; SDM vol. 2, LTR:
 * the busy flag is set.
 */
const TSS_BUSY = 2n;

/** Segments, descriptor tables and control registers that differ. */
export function systemDifferences(
  ids: ReadonlyMap<string, number>,
  cursor: TraceCursor,
  logged: SystemState,
): string[] {
  const differences: string[] = [];
  const compare = (name: string, ignored = 0n): void => {
    const expected = cursor.values[ids.get(name)!]!;
    const actual = logged.values.get(name);
    if (actual !== undefined && ((expected ^ actual) & ~ignored) === 0n) return;
    differences.push(`${name} trace 0x${expected.toString(16)} QEMU 0x${actual?.toString(16)}`);
  };
  /** Marked unusable, or a null selector outside real mode (SDM vol. 3, 3.4.2). */
  const hasNoDescriptor = (segment: string): boolean => {
    const isProtected = (cursor.values[ids.get('cr0')!]! & PROTECTION) !== 0n;
    const selector = cursor.values[ids.get(segment)!]!;
    const attributes = cursor.values[ids.get(`${segment}_attributes`)!]!;
    return (attributes & UNUSABLE) !== 0n || (isProtected && (selector & ~3n) === 0n);
  };
  for (const segment of SEGMENTS) {
    compare(segment);
    if (segment === 'fs' || segment === 'gs') compare(`${segment}_base`);
    if (hasNoDescriptor(segment)) continue;
    compare(`${segment}_base`);
    compare(`${segment}_limit`);
    compare(`${segment}_attributes`, segment === 'tr' ? TSS_BUSY : 0n);
  }
  for (const name of OTHERS) compare(name);
  return differences;
}
