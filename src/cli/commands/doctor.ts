import { readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { KvmtraceError, machineError } from '../../base/errors.js';
import { toolVersion } from '../../base/package-root.js';
import type { Examination } from '../../doctor/examine.js';
import type { Command } from '../command.js';
import { doctorDocument, type Diagnosis, type MachineFacts } from '../../views/doctor.js';
import { doctorLines } from '../../report/doctor.js';
import { toJson } from '../../base/json.js';
import { platformProblem } from '../../kvm/host/platform.js';
import { HOST_OPTIONS, openHost, parseHost, type HostArguments } from '../arguments/host.js';
import { formatOption, TEXT_OR_JSON } from '../arguments/options.js';

interface DoctorArguments extends HostArguments {
  readonly format: (typeof TEXT_OR_JSON)[number];
}

const EXIT_CANNOT = 3;
const MODULES = '/sys/module';

/** `kvmtrace doctor`. */
export const doctor: Command<DoctorArguments> = {
  usage: 'doctor',
  summary: 'Tell whether this machine can record, and what its KVM can do',
  examples: [
    ['$0 doctor', 'Can I record here, and how exactly?'],
    ['$0 doctor --host emulated', 'The same of the emulated host'],
    ['$0 doctor --format json > doctor.json', 'The same for a bug report'],
  ],
  options: (yargs) => yargs.options(HOST_OPTIONS).option('format', formatOption),
  async run(args, { out, style }) {
    const { format } = args;
    const diagnosis = await diagnose(args);
    if (format === 'json') await out.line(toJson(doctorDocument(diagnosis), 2));
    else for (const line of doctorLines(diagnosis, style)) await out.line(line);
    if (diagnosis.problem === undefined) return 0;
    if (process.stdout.isTTY && process.stderr.isTTY) return EXIT_CANNOT;
    // As of every command that cannot: the sentence on stderr too. A terminal has it already.
    throw machineError(diagnosis.problem);
  },
};

async function diagnose(args: HostArguments): Promise<Diagnosis> {
  const start = performance.now();
  const machine = machineFacts();
  const { describeHosts } = await import('../../kvm/host/describe.js');
  const hosts = describeHosts(parseHost(args));
  const done = (examination: Examination | undefined, problem: string | undefined): Diagnosis => ({
    ...{ machine, hosts, examination, problem },
    seconds: (performance.now() - start) / 1000,
  });
  const problem = platformProblem();
  if (problem !== undefined) return done(undefined, problem);
  try {
    const { examineKvm } = await import('../../doctor/examine.js');
    const { chooseHost } = await import('../../kvm/host/choose.js');
    // Waited for here, where Ctrl-C ends it; a lost one is replaced.
    const host = await openHost(args);
    const living = () => (host.isGone ? chooseHost(parseHost(args)) : host);
    return done(examineKvm(living), undefined);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    return done(undefined, error.message);
  }
}

function machineFacts(): MachineFacts {
  return {
    kvmtrace: toolVersion,
    node: process.versions.node,
    kernel: release(),
    architecture: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    modules: kvmModules(),
  };
}

/** The modules of the running kernel that make up its KVM, built in or loaded. */
function kvmModules(): string[] {
  try {
    return readdirSync(MODULES)
      .filter((name) => name.startsWith('kvm'))
      .sort();
  } catch {
    return [];
  }
}
