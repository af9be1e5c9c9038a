import type { SideState } from '../capture/side-state.js';
import type { GuestSegment } from '../guest/formats/image.js';
import type { LoadedGuest } from '../guest/formats/load.js';
import { toolVersion } from '../base/package-root.js';
import { ownIdentity } from '../base/process-identity.js';
import type { Machine } from '../machine/machine.js';
import { REGISTERS } from '../trace/format/registers.js';
import { LoadMap } from '../trace/read/load-map.js';
import type { TraceHeader } from '../trace/write/header.js';
import { hostMeta } from './host-meta.js';
import { DEFAULT_SNAPSHOT_EVERY, type RecordOptions } from './options.js';

/** `meta.segments`; nothing of a guest that has no symbols. */
export function linkedSegments(segments: readonly GuestSegment[]): { segments?: string } {
  const ranges = segments.flatMap(({ linkedAt, gpa, memorySize }) =>
    linkedAt === undefined ? [] : { linkedAt, gpa: BigInt(gpa), size: BigInt(memorySize) },
  );
  return ranges.length === 0 ? {} : { segments: LoadMap.format(ranges) };
}

/** What a trace says of its guest and machine before the first step. */
export function traceHeader(
  { image, layout }: LoadedGuest,
  machine: Machine,
  side: SideState,
  options: RecordOptions,
): TraceHeader {
  return {
    path: options.output,
    meta: {
      tool_version: toolVersion,
      guest: options.guest,
      guest_sha256: image.sha256,
      guest_format: image.format,
      mode: image.mode,
      memory: layout.memorySize,
      ...(options.machine === undefined ? {} : { machine: options.machine }),
      entry: BigInt.asIntN(64, image.entry),
      load: image.load ?? image.segments[0]?.gpa ?? 0,
      ...linkedSegments(image.segments),
      dirty_mode: machine.dirtyMode,
      fpu: options.fpu ? 1 : 0,
      snapshot_every: options.snapshotEvery ?? DEFAULT_SNAPSHOT_EVERY,
      ...hostMeta(machine.host),
      recorder: ownIdentity(),
    },
    slots: layout.slots.map(({ slot, gpa, size, kind }) => ({
      slot,
      gpa,
      size,
      readonly: kind === 'rom',
      purpose: kind,
    })),
    symbols: image.symbols,
    sourceLines: image.sourceLines,
    registers: [...REGISTERS, ...side.registers],
    cpuid: machine.cpuid.map((entry) => ({
      function: entry.function,
      index: entry.index,
      flags: entry.flags,
      eax: entry.eax,
      ebx: entry.ebx,
      ecx: entry.ecx,
      edx: entry.edx,
    })),
  };
}
