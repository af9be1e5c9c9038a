/** `--until`: an address, a symbol, or `[GPA] written`. */
import { inputError } from '../../base/errors.js';
import type { Trace } from '../../query/trace.js';
import type { StopCondition } from '../../replay/until.js';
import { single } from './numbers.js';
import { parseCodePlace } from '../../query/places/place.js';

const WRITTEN = /^\[\s*(?<address>[^\]]+?)\s*\]\s*written$/;
const MAX_GPA = 2n ** 52n;

/** Throws a KvmtraceError for what is none of these. */
export async function parseUntil(
  argument: string | undefined,
  trace: Trace,
): Promise<StopCondition | undefined> {
  if (argument === undefined) return undefined;
  const text = single(argument, '--until');
  const { untilAddress, untilWritten } = await import('../../replay/until.js');
  const written = WRITTEN.exec(text)?.groups?.['address'];
  const address = parseCodePlace(written ?? text, trace);
  if (address === undefined || (written !== undefined && address >= MAX_GPA)) {
    throw inputError(
      `--until ${text}${trace.suggestionFor(written ?? text)}: give an address, a symbol of this trace, or '[GPA] written', as in --until 0x1000, --until main or --until '[0x2000] written'.`,
    );
  }
  if (written !== undefined) return untilWritten(Number(address));
  const there = untilAddress(address);
  const loaded = trace.loadedAt(address);
  if (loaded === undefined) return there;
  const elsewhere = untilAddress(loaded);
  return (step, stepper) => there(step, stepper) || elsewhere(step, stepper);
}
