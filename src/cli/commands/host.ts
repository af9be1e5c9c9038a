import { inputError } from '../../base/errors.js';
import type { Command, Context } from '../command.js';
import { EXIT_INTERRUPTED } from '../exit-codes.js';
import { hostStatusDocument, hostStatusLines } from '../../report/host-status.js';
import { toJson } from '../../base/json.js';
import { single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON } from '../arguments/options.js';
import { abortOnSignals } from '../terminal/signals.js';
import { printable } from '../../base/printable.js';

const ACTIONS = ['install', 'status'] as const;

interface HostCommandArguments {
  readonly action: (typeof ACTIONS)[number];
  readonly force: boolean;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

const EXIT_CANNOT = 3;

/** `kvmtrace host`. */
export const host: Command<HostCommandArguments> = {
  usage: 'host <action>',
  summary: 'The emulated host, for machines without /dev/kvm: install what it needs, or show it',
  examples: [
    ['$0 host status', 'Can the emulated host run here, and on what?'],
    ['$0 host install', 'Fetch what it lacks: a kernel without root; QEMU as root'],
  ],
  options: (yargs) =>
    yargs
      .positional('action', {
        type: 'string',
        demandOption: true,
        choices: ACTIONS,
        describe: 'What to do',
      } as const)
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'With install: fetch a kernel also where there is one',
      })
      .option('format', formatOption),
  async run({ action, force, format }, context) {
    if (single(action, 'the action') === 'install') {
      if (!(await install(force, format, context))) return EXIT_INTERRUPTED;
    } else if (force) {
      throw inputError('--force is for kvmtrace host install: leave it out.');
    }
    return showStatus(format, context);
  },
};

/** False where it was interrupted. */
async function install(
  force: boolean,
  format: HostCommandArguments['format'],
  { out }: Context,
): Promise<boolean> {
  const { installEmulatedHost } = await import('../../kvm/host/emulated/install/install.js');
  const signals = abortOnSignals();
  const { signal } = signals;
  // Standard output is the document's alone where that is what programs read.
  const say = (text: string): void => {
    if (format === 'json') process.stderr.write(`${printable(text)}\n`);
    else {
      void out.line(printable(text));
      void out.flush();
    }
  };
  try {
    await installEmulatedHost({ force, say, signal });
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('kvmtrace: interrupted, and nothing is left behind.\n');
    return false;
  } finally {
    signals.stop();
  }
}

async function showStatus(
  format: HostCommandArguments['format'],
  { out, style }: Context,
): Promise<number> {
  const [{ describeHosts }, { cacheDirectory, unreadableKernels }] = await Promise.all([
    import('../../kvm/host/describe.js'),
    import('../../kvm/host/emulated/kernel.js'),
  ]);
  const status = {
    ...{ hosts: describeHosts(), cache: cacheDirectory(), unreadable: unreadableKernels() },
  };
  if (format === 'json') await out.line(toJson(hostStatusDocument(status), 2));
  else for (const line of hostStatusLines(status, style)) await out.line(line);
  return status.hosts.emulated.problem === undefined ? 0 : EXIT_CANNOT;
}
