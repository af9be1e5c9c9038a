/** Whether a trace was recorded where it is replayed: the same kernel on the same kind of processor. */
import { hex } from '../base/number-text.js';
import type { Machine } from '../machine/machine.js';
import type { CpuidLeaf } from '../trace/format/cpuid-leaf.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { hostName } from '../query/host-words.js';

/** Family, model and stepping in EAX, and the APIC id of the CPU in EBX[31:24] (SDM vol. 2, CPUID). */
const LEAF_VERSION = 1;
/** The processor's name: three leaves of 16 characters. */
const BRAND_LEAVES = [0x80000002, 0x80000003, 0x80000004];

/** What recorded a trace and what replays it. */
export interface Hosts {
  /** `the emulated host (kvm_amd)`, `/dev/kvm (kvm_pvm)`; without what is in brackets if unknown. */
  readonly recordedHost: string;
  readonly host: string;
  /** Whether both are /dev/kvm, or both the emulated host. */
  readonly isSameKind: boolean;
  readonly recordedKernel: string;
  readonly kernel: string;
  readonly recordedProcessor: string;
  readonly processor: string;
  readonly isSame: boolean;
}

/** Compares the host of a trace with the one that runs `machine`. */
export function compareHosts(
  trace: TraceFile,
  machine: Pick<Machine, 'host' | 'processor'>,
): Hosts {
  const recordedKernel = String(trace.meta.get('kernel') ?? 'unknown');
  const here = machine.host;
  const { kernel } = here;
  const recordedProcessor = processorOf(trace.snapshots.cpuid());
  const processor = processorOf(machine.processor);
  const recordedKind = trace.meta.get('host') ?? 'kvm';
  const isSameKind = recordedKind === here.kind;
  return {
    recordedHost: named(recordedKind, trace.meta.get('host_kvm')),
    host: named(here.kind, here.modules.join(' ')),
    isSameKind,
    ...{ recordedKernel, kernel, recordedProcessor, processor },
    isSame: isSameKind && recordedKernel === kernel && recordedProcessor === processor,
  };
}

function named(kind: unknown, modules: unknown): string {
  const name = hostName(kind);
  return typeof modules === 'string' && modules !== '' ? `${name} (${modules})` : name;
}

type Leaf = Pick<CpuidLeaf, 'function' | 'eax' | 'ebx' | 'ecx' | 'edx'>;

/** `AMD EPYC 7763 (version 0xa00f11)`: hypervisors give processors of several models one name. */
function processorOf(leaves: readonly Leaf[]): string {
  const version = leaves.find((each) => each.function === LEAF_VERSION)?.eax ?? 0;
  return `${brand(leaves)} (version ${hex(version)})`;
}

function brand(leaves: readonly Leaf[]): string {
  const words = BRAND_LEAVES.flatMap((number) => {
    const leaf = leaves.find((each) => each.function === number);
    return leaf === undefined ? [] : [leaf.eax, leaf.ebx, leaf.ecx, leaf.edx];
  });
  const name = Buffer.from(Uint32Array.from(words).buffer).toString('latin1');
  return name.replaceAll('\0', '').trim() || 'unknown';
}
