import { existsSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import type { GdbServer } from '../../gdb/server.js';
import type { Command } from '../command.js';
import { parseListenAddress } from '../arguments/listen.js';
import { single } from '../arguments/numbers.js';
import { traceArgument, textOption } from '../arguments/options.js';
import { abortOnSignals } from '../terminal/signals.js';

const ARCHITECTURES = { auto: undefined, i8086: 16, i386: 32, 'x86-64': 64 } as const;
type Architecture = keyof typeof ARCHITECTURES;

interface GdbArguments {
  readonly trace: string;
  readonly listen: string | undefined;
  readonly stdio: boolean;
  readonly at: string;
  readonly symbols: string | undefined;
  readonly arch: Architecture;
}

/** `kvmtrace gdb`. */
export const gdb: Command<GdbArguments> = {
  usage: 'gdb <trace>',
  summary: 'Let gdb debug a recorded execution, forwards and backwards',
  examples: [
    ["gdb -ex 'target remote | $0 gdb t.db --stdio'", 'gdb starts it, and ends it'],
    ['$0 gdb t.db --listen :1234', 'Waits for gdb: target remote :1234'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'listen',
        textOption('Port, or ADDRESS:PORT; of this machine alone unless an address is given', {
          defaultDescription: ':1234',
        }),
      )
      .option('stdio', {
        type: 'boolean',
        default: false,
        describe: 'Talk to gdb over standard input and output',
      })
      .option(
        'at',
        textOption('The state to begin at, or PLACE[:N], its Nth execution; -1: the last', {
          default: '0',
        }),
      )
      .option(
        'symbols',
        textOption('ELF with symbols for gdb to read, instead of the guest that was recorded'),
      )
      .option('arch', {
        type: 'string',
        choices: ['auto', 'i8086', 'i386', 'x86-64'],
        default: 'auto',
        describe: 'What gdb is to take the guest for; auto: what runs where it connects',
      } as const),
  async run(args) {
    const symbols = args.symbols === undefined ? undefined : single(args.symbols, '--symbols');
    if (symbols !== undefined && !existsSync(symbols)) {
      throw inputError(`--symbols ${symbols} is not there: give the path of an ELF with symbols.`);
    }
    if (args.stdio && args.listen !== undefined) {
      throw inputError(
        `--listen ${single(args.listen, '--listen')} with --stdio: give one of the two.`,
      );
    }
    const address = parseListenAddress(single(args.listen ?? ':1234', '--listen'));
    const notice = (text: string): void => {
      process.stderr.write(`kvmtrace: ${text}\n`);
    };
    const { GdbServer } = await import('../../gdb/server.js');
    const server = await GdbServer.open({
      path: single(args.trace, 'the trace'),
      at: single(args.at, '--at'),
      bits: ARCHITECTURES[args.arch],
      symbols,
      notice,
    });
    const watch = abortOnSignals();
    try {
      greet(server, notice);
      if (args.stdio) {
        // Ctrl-C in gdb's terminal is gdb's: it says so by a byte. Only the end of input ends this.
        await server.serve(process.stdin, process.stdout);
        return 0;
      }
      const { address: host, port } = await server.listen(address.host, address.port);
      const place = host === '127.0.0.1' ? `:${port}` : `${host}:${port}`;
      notice(`waiting for gdb: target remote ${place}`);
      await new Promise((resolve) => {
        if (watch.signal.aborted) resolve(undefined);
        else watch.signal.addEventListener('abort', resolve, { once: true });
      });
      return 0;
    } finally {
      watch.stop();
      await server.close();
    }
  },
};

function greet({ about }: GdbServer, notice: (text: string) => void): void {
  const { step, stepCount, guestFile } = about;
  const symbols =
    guestFile === undefined
      ? 'the guest is not where it was recorded from, so tell gdb where its symbols are: file GUEST'
      : `symbols of ${guestFile}`;
  notice(`${stepCount} steps, at ${step}; ${symbols}; monitor help lists more`);
}
