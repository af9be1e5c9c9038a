import type { Command } from '../command.js';
import { toJson } from '../../base/json.js';
import { formatBytes } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import { single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument, textOption } from '../arguments/options.js';

interface PackArguments {
  readonly trace: string;
  readonly output: string | undefined;
  readonly unpack: boolean;
  readonly force: boolean;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

/** `kvmtrace pack`. */
export const pack: Command<PackArguments> = {
  usage: 'pack <trace>',
  summary: 'Make a trace small for keeping; every command opens it as it is',
  examples: [
    ['$0 pack t.db -o t.trace', 'A file of a fraction of the size'],
    ['$0 pack --unpack t.trace -o t.db', 'The SQLite file again, for other tools'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'output',
        textOption('Where to write it', { alias: 'o', defaultDescription: '<trace>.trace' }),
      )
      .option('unpack', { type: 'boolean', default: false, describe: 'The other way round' })
      .option('force', { type: 'boolean', default: false, describe: 'Overwrite the output' })
      .option('format', formatOption),
  async run({ trace, output: given, unpack, force, format }, { out }) {
    const { checkPackOutput, defaultOutput } = await import('../arguments/pack-output.js');
    const path = single(trace, 'the trace');
    const output = given === undefined ? defaultOutput(path, unpack) : single(given, '--output');
    checkPackOutput(path, output, force);
    const { bytesBefore, bytesAfter } = await run(path, output, unpack);
    await out.line(
      format === 'json'
        ? toJson({ output, bytes_before: bytesBefore, bytes_after: bytesAfter })
        : `${formatBytes(bytesBefore)} -> ${formatBytes(bytesAfter)} in ${printable(output)}`,
    );
    return 0;
  },
};

async function run(
  path: string,
  output: string,
  unpack: boolean,
): Promise<{ bytesBefore: number; bytesAfter: number }> {
  if (!unpack) {
    const { packTrace } = await import('../../trace/pack/pack.js');
    return packTrace(path, output);
  }
  const [{ unpackTrace }, { isPacked }, { inputError }, { statSync }] = await Promise.all([
    import('../../trace/pack/unpack.js'),
    import('../../trace/pack/format.js'),
    import('../../base/errors.js'),
    import('node:fs'),
  ]);
  if (!isPacked(path))
    throw inputError(`${path} is not a packed trace: give one that kvmtrace pack made.`);
  unpackTrace(path, output);
  return { bytesBefore: statSync(path).size, bytesAfter: statSync(output).size };
}
