/** Everything that `kvmtrace doctor` finds out about a KVM, in a second or so. */
import { machineError } from '../base/errors.js';
import type { KvmHost } from '../kvm/host/host.js';
import { Kvm } from '../kvm/kvm.js';
import { KVM_API_VERSION } from '../kvm/open-error.js';
import { examineCapabilities, type CapabilityResult } from './capabilities.js';
import { HAZARD_GROUPS } from './hazards/index.js';
import { examineInstructions, type InstructionResult } from './instructions.js';
import { guessKind, vendorOf, type KindGuess } from './kind.js';
import { Lab, type HazardResult } from './lab.js';
import { SmallVm } from './small-vm.js';
import { examineRunPage, examineWrites } from './reports.js';

/** What was found of a group of hazards. */
export interface HazardGroupResult {
  readonly name: string;
  readonly results: readonly HazardResult[];
}

/** All that was found out about a KVM. */
export interface Examination {
  readonly device: string;
  readonly apiVersion: number;
  readonly kind: KindGuess;
  readonly cpuVendor: string;
  readonly capabilities: readonly CapabilityResult[];
  readonly msrs: {
    readonly listed: number;
    readonly readable: number;
    readonly restorable: number;
  };
  readonly groups: readonly HazardGroupResult[];
  readonly instructions: readonly InstructionResult[];
}

/**
 * @param host gives the host; asked again where a guest has ended the machine that it was
 * @throws KvmtraceError (3) where nothing can be recorded here, with the way out
 */
export function examineKvm(host: () => KvmHost): Examination {
  using lab = new Lab(() => Kvm.open(host()));
  const { device } = lab.kvm;
  const capabilities = examineCapabilities(lab.kvm);
  const missing = capabilities.filter(({ needed, value }) => needed && value === 0);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw machineError(`the KVM of ${device} lacks ${names}: use Linux 5.14 or newer.`);
  }
  const groups: HazardGroupResult[] = HAZARD_GROUPS.map(({ name, hazards }) => ({
    name,
    results: hazards.map((hazard) => lab.examine(hazard)),
  }));
  checkStepping(device, groups);
  groups.push(
    { name: 'The run page', results: examineRunPage(lab.kvm) },
    { name: 'Written pages in the dirty ring', results: examineWrites(lab.kvm, 'ring') },
    { name: 'Written pages in the dirty log', results: examineWrites(lab.kvm, 'log') },
  );
  const instructions = examineInstructions(lab);
  const cpuVendor = vendorOf(lab.kvm.supportedCpuid());
  const results = groups.flatMap((group) => group.results);
  return {
    ...{ device, apiVersion: KVM_API_VERSION, capabilities, cpuVendor },
    kind: guessKind(results, instructions, cpuVendor),
    msrs: examineMsrs(lab.kvm),
    groups: groups.filter(({ results }) => results.length > 0),
    instructions,
  };
}

/** Without plain steps there is nothing to record, whatever the capabilities say. */
function checkStepping(device: string, groups: readonly HazardGroupResult[]): void {
  const nops = groups.flatMap(({ results }) => results.filter(({ id }) => id === 'nop'));
  if (nops.some(({ judgement }) => judgement === 'exact')) return;
  throw machineError(
    `the KVM of ${device} does not single-step (${nops.map(({ exits }) => exits).join('; ')}): record on a machine whose /dev/kvm uses VMX or SVM.`,
  );
}

function examineMsrs(kvm: Kvm): Examination['msrs'] {
  using vm = new SmallVm(kvm);
  const indices = kvm.msrIndexList();
  const read = vm.vcpu.getMsrs(indices);
  const refused = vm.vcpu.setMsrs(read);
  return {
    listed: indices.length,
    readable: read.length,
    restorable: read.length - refused.length,
  };
}
