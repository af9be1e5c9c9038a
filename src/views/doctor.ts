/** What `kvmtrace doctor` found, as the one document that programs and bug reports get. */
import type { Examination } from '../doctor/examine.js';
import type { HostsReport } from '../kvm/host/describe.js';
import { hostsDocument } from './hosts.js';
import type { Jsonable } from '../base/json.js';

/** Raised when a key changes its meaning or goes away. */
const DOCUMENT_VERSION = 1;

/** What this machine is, for bug reports. */
export interface MachineFacts {
  readonly kvmtrace: string;
  readonly node: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpu: string;
  /** Loaded modules whose names begin with kvm. */
  readonly modules: readonly string[];
}

/** All that `kvmtrace doctor` has found. */
export interface Diagnosis {
  readonly machine: MachineFacts;
  readonly hosts: HostsReport;
  /** Undefined where nothing can be recorded. */
  readonly examination: Examination | undefined;
  /** Why nothing can be recorded, and the way out. */
  readonly problem: string | undefined;
  readonly seconds: number;
}

/** The verdict: that it can, or what is missing and the way out. The first line of the text too. */
export function verdictOf({ problem, hosts }: Diagnosis): string {
  if (problem !== undefined) return problem;
  return hosts.choice === 'kvm'
    ? 'This machine can record.'
    : 'This machine can record, on the emulated host.';
}

/** The diagnosis as JSON. */
export function doctorDocument(diagnosis: Diagnosis): Jsonable {
  const { machine, hosts, examination, problem, seconds } = diagnosis;
  return {
    doctor: DOCUMENT_VERSION,
    can_record: problem === undefined,
    verdict: verdictOf(diagnosis),
    machine: {
      kvmtrace: machine.kvmtrace,
      node: machine.node,
      kernel: machine.kernel,
      architecture: machine.architecture,
      cpu: machine.cpu,
      modules: machine.modules,
    },
    hosts: hostsDocument(hosts),
    examined: examination === undefined ? null : hosts.choice,
    kvm: examination === undefined ? null : kvmDocument(examination),
    seconds: Math.round(seconds * 1000) / 1000,
  };
}

function kvmDocument(examination: Examination): Jsonable {
  const { device, apiVersion, kind, cpuVendor, msrs, capabilities, groups, instructions } =
    examination;
  return {
    device,
    api_version: apiVersion,
    kind: kind.kind,
    evidence: kind.evidence,
    cpu_vendor: cpuVendor,
    msrs: { listed: msrs.listed, readable: msrs.readable, restorable: msrs.restorable },
    capabilities: capabilities.map(({ name, needed, value, purpose }) => ({
      ...{ name, needed, value, purpose },
    })),
    judgements: countJudgements(examination),
    hazards: groups.flatMap(({ name: group, results }) =>
      results.map(({ id, name, mode, assembly, exits, code, phrase, judgement }) => ({
        ...{ group, id, name, mode, assembly, exits, code, phrase, judgement },
      })),
    ),
    instructions: instructions.map(({ family, mode, mnemonic, assembly, outcome, exits }) => ({
      ...{ family, mode, mnemonic, assembly, outcome, exits },
    })),
  };
}

/** How often each judgement was passed. */
export function countJudgements({ groups }: Examination): Record<string, number> {
  const counts = {
    ...{ exact: 0, assisted: 0, refused: 0, 'not-steppable': 0, inexact: 0, unknown: 0 },
  };
  for (const { results } of groups) {
    for (const { judgement } of results) counts[judgement]++;
  }
  return counts;
}
