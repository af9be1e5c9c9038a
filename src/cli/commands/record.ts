import { basename, extname } from 'node:path';
import type { Argv } from 'yargs';
import { inputError } from '../../base/errors.js';
import { FORMAT_NAMES } from '../../guest/formats/format-names.js';
import type { RecordOptions, RecordResult } from '../../recorder/record.js';
import type { Command } from '../command.js';
import { recordingSummary } from '../../report/recording-summary.js';
import { HOST_OPTIONS, openHost, type HostArguments } from '../arguments/host.js';
import { textOption } from '../arguments/options.js';
import { parseCount, single } from '../arguments/numbers.js';
import { readSymbols, SYMBOLS_OPTION } from '../arguments/symbols.js';
import { ProgressLine } from '../terminal/progress.js';
import { abortOnSignals } from '../terminal/signals.js';

const FORMATS = ['auto', ...FORMAT_NAMES] as const;

interface RecordArguments extends HostArguments {
  readonly guest: string;
  readonly output: string | undefined;
  readonly format: (typeof FORMATS)[number];
  readonly mode: 'real' | 'protected' | 'long' | undefined;
  readonly load: string | undefined;
  readonly entry: string | undefined;
  readonly memory: string | undefined;
  readonly machine: 'pc' | 'none';
  readonly smp: string | undefined;
  readonly 'max-steps': string | undefined;
  readonly 'start-at': string | undefined;
  readonly 'stop-at': string | undefined;
  readonly fast: boolean;
  readonly ring: string | undefined;
  readonly clock: 'steps' | 'exits';
  readonly append: string | undefined;
  readonly initrd: string | undefined;
  readonly module: string | readonly string[] | undefined;
  readonly 'efi-root': string | undefined;
  readonly 'efi-vars': string | undefined;
  readonly 'port-input': string | undefined;
  readonly force: boolean;
  readonly index: boolean;
  readonly symbols: string | undefined;
  readonly dirty: 'auto' | 'ring' | 'log';
  readonly 'no-fpu': boolean;
  readonly 'snapshot-every': string | undefined;
}

/** `kvmtrace record`. */
export const record: Command<RecordArguments> = {
  usage: 'record <guest>',
  summary: 'Run a guest on KVM and record every instruction',
  examples: [
    ['$0 record guest.elf -o t.db', 'Record until the guest stops'],
    ['$0 record hello.efi --efi-root esp/', 'A UEFI program with its volume'],
    ['$0 record guest.elf --start-at main --stop-at sort:3', 'Only a part of it'],
    ['$0 record guest.elf --fast -o fast.db', 'At full speed; expand makes a trace of it'],
    ['$0 record guest.elf --ring 2M', 'A flight recorder: the last two million steps'],
    ['$0 record boot.bin --mode real --load 0x7c00 --max-steps 1000', 'A flat binary, for a while'],
  ],
  options: (yargs) => recordOptions(yargs),
  async run(args, { out }) {
    const options = await parseOptions(args);
    // A file that names nothing is told before anything runs.
    const names = await readSymbols(args.symbols);
    const { recordGuest } = await import('../../recorder/record.js');
    const progress = new ProgressLine(process.stderr);
    const signals = abortOnSignals();
    let result: RecordResult;
    try {
      await out.flush();
      result = await recordGuest({
        ...options,
        // What is wrong with the guest is said before a machine is started for it.
        host: () => openHost(args),
        signal: signals.signal,
        onOutput: (bytes) => {
          if (process.stdout.isTTY) progress.makeWayFor(bytes);
          process.stdout.write(bytes);
        },
        onProgress: (now) => {
          progress.update(now);
        },
      });
    } finally {
      progress.clear();
      signals.stop();
    }
    // The services that a UEFI program called are a table of the index.
    const isIndexed = !args.fast && (args.index || names !== undefined || result.format === 'efi');
    if (isIndexed && result.stopReason !== 'disk-full') {
      const { indexTrace } = await import('../../derive/index-trace.js');
      indexTrace(options.output, undefined, names);
    }
    if (names === undefined && result.symbolsLost !== undefined) {
      process.stderr.write(`${result.symbolsLost}
`);
    }
    for (const note of result.notes) process.stderr.write(`${note}\n`);
    process.stderr.write(`${recordingSummary(result, options.output)}\n`);
    if (result.stopReason === 'disk-full') return 3;
    if (options.stopAt !== undefined && result.stopReason !== 'trigger') {
      process.stderr.write(`The guest never came to --stop-at ${options.stopAt}.\n`);
      return 1;
    }
    return result.crashed ? 1 : 0;
  },
};

function recordOptions(yargs: Argv) {
  return yargs
    .positional('guest', {
      type: 'string',
      demandOption: true,
      describe: 'An ELF, a kernel, a UEFI program, a ROM, a disk or a flat binary',
    })
    .option(
      'output',
      textOption('Where to write the trace', { alias: 'o', defaultDescription: '<guest>.db here' }),
    )
    .option('format', {
      type: 'string',
      choices: FORMATS,
      default: 'auto',
      describe: 'What kind of file the guest is; auto goes by its contents',
    } as const)
    .option('mode', {
      type: 'string',
      choices: ['real', 'protected', 'long'],
      describe: 'Processor mode in which a flat guest starts',
    } as const)
    .option('load', textOption('Address at which a flat guest is loaded'))
    .option('entry', textOption('Address of the first instruction'))
    .option('memory', textOption("The guest's memory: 16M, 2G …"))
    .option('machine', {
      type: 'string',
      choices: ['pc', 'none'],
      default: 'pc',
      describe: 'The devices around the processor: those of a PC, or none',
    } as const)
    .option('smp', textOption('How many processors; there is one', { defaultDescription: '1' }))
    .option('max-steps', textOption('Stop after so many steps'))
    .option('start-at', textOption('Run to PLACE without recording, and record from there on'))
    .option('stop-at', textOption('Stop at PLACE', { alias: 'until' }))
    .option('fast', {
      type: 'boolean',
      default: false,
      describe: 'Run the guest unstepped and log what enters it, for kvmtrace expand',
    })
    .option('ring', textOption('Keep only the last N steps, or some more'))
    .option('clock', {
      type: 'string',
      choices: ['steps', 'exits'],
      default: 'steps',
      describe: 'What time counts for the devices: steps, or accesses to ports and MMIO',
    } as const)
    .option('append', textOption('The command line of a kernel or UEFI program'))
    .option('initrd', textOption('Initial RAM disk of a kernel'))
    .option(
      'module',
      textOption('Module of a multiboot or PVH kernel, with its command line; several'),
    )
    .option('efi-root', textOption('Directory that a UEFI program sees as its volume'))
    .option('efi-vars', textOption('JSON file with UEFI variables'))
    .option('port-input', textOption('File with the bytes that the guest reads from COM1'))
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'Overwrite the trace if it exists',
    })
    .option('index', {
      type: 'boolean',
      default: false,
      describe: 'Keep calls, accesses and counts in the trace, as kvmtrace index does',
    })
    .option('symbols', SYMBOLS_OPTION)
    .option('dirty', {
      type: 'string',
      choices: ['auto', 'ring', 'log'],
      default: 'auto',
      describe: "Which of KVM's ways to find written pages to use",
    } as const)
    .option('no-fpu', {
      type: 'boolean',
      default: false,
      describe: 'Leave x87, SSE and AVX registers out',
    })
    .option(
      'snapshot-every',
      textOption('Steps between snapshots', { defaultDescription: '1000000' }),
    )
    .options(HOST_OPTIONS);
}

type ParsedOptions = Omit<RecordOptions, 'host' | 'onOutput' | 'onProgress' | 'signal'>;

async function parseOptions(args: RecordArguments): Promise<ParsedOptions> {
  const { parseAddress, parseSize } = await import('../../base/sizes.js');
  const optional = <T>(
    name: keyof RecordArguments,
    parse: (text: string, option: string) => T,
  ): T | undefined => {
    const value = args[name];
    if (value === undefined) return undefined;
    return parse(single(value as string | readonly string[], `--${name}`), `--${name}`);
  };
  checkProcessors(optional('smp', parseCount));
  checkFast(args);
  const guest = single(args.guest, 'the guest');
  const asIs = (text: string): string => text;
  return {
    guest,
    output: optional('output', asIs) ?? `${basename(guest, extname(guest))}.db`,
    format: args.format,
    mode: args.mode,
    load: optional('load', parseAddress),
    entry: optional('entry', parseAddress),
    memory: optional('memory', parseSize),
    machine: args.machine,
    maxSteps: optional('max-steps', parseCount),
    startAt: optional('start-at', asIs),
    stopAt: optional('stop-at', asIs),
    fast: args.fast,
    ring: optional('ring', parseCount),
    clock: args.clock,
    append: optional('append', asIs),
    initrd: optional('initrd', asIs),
    modules: args.module === undefined ? undefined : [args.module].flat(),
    efiRoot: optional('efi-root', asIs),
    efiVars: optional('efi-vars', asIs),
    portInput: optional('port-input', asIs),
    force: args.force,
    dirty: args.dirty,
    fpu: !args['no-fpu'],
    snapshotEvery: optional('snapshot-every', parseCount),
  };
}

/** Steps of several processors have no one order that a replay could follow. */
function checkProcessors(count = 1): void {
  if (count === 1) return;
  throw inputError(`--smp ${count}: kvmtrace records guests with one processor; leave --smp out.`);
}

/** Options that count steps mean nothing to a guest that runs unstepped. */
function checkFast(args: RecordArguments): void {
  if (!args.fast) return;
  const given = (['stop-at', 'max-steps', 'ring'] as const).find(
    (name) => args[name] !== undefined,
  );
  if (given === undefined) return;
  throw inputError(`--${given} counts steps, and --fast runs unstepped: leave one of them out.`);
}
