import type { Check } from '../doctor/check.js';
import type { Command } from '../command.js';
import { toJson } from '../format/json.js';
import { printable } from '../format/printable.js';
import { single } from '../numbers.js';
import { formatOption, TEXT_OR_JSON } from '../options.js';

interface DoctorArguments {
  readonly device: string | undefined;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

const EXIT_CANNOT = 3;

export const doctor: Command<DoctorArguments> = {
  usage: 'doctor',
  summary: 'Tell whether this machine can record, and what its KVM can do',
  examples: [['$0 doctor', 'Can I record here?']],
  options: (yargs) =>
    yargs
      .option('device', {
        type: 'string',
        requiresArg: true,
        defaultDescription: '/dev/kvm',
        describe: 'The KVM device',
      })
      .option('format', formatOption),
  async run({ device, format }, { out }) {
    const checks = await runChecks(device === undefined ? undefined : single(device, '--device'));
    const can = !checks.some(({ verdict }) => verdict === 'missing');
    if (format === 'json')
      await out.line(toJson({ can_record: can, checks: checks.map(toObject) }, 2));
    else {
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const { name, verdict, detail } of checks) {
        await out.line(`${verdict.padEnd(7)}  ${name.padEnd(width)}  ${printable(detail)}`);
      }
      await out.line();
      await out.line(can ? 'This machine can record.' : 'This machine cannot record.');
    }
    return can ? 0 : EXIT_CANNOT;
  },
};

function toObject({ name, verdict, detail }: Check): { [key: string]: string } {
  return { name, verdict, detail };
}

/** Every check there is. How this KVM steps over hazards belongs after the first. */
async function runChecks(device: string | undefined): Promise<Check[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const detail = `recording needs Linux on x86-64, and this is ${process.platform} on ${process.arch}: traces can be read here`;
    return [{ name: 'machine', verdict: 'missing', detail }];
  }
  const { kvmChecks } = await import('../doctor/kvm-checks.js');
  return kvmChecks(device);
}
