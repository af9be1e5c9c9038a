/** What the guest has printed up to a step. */
import type { Trace } from '../../query/trace.js';
import type { Question } from '../question.js';
import { CONSOLE_PORTS } from '../console-ports.js';

/** The end of longer output is shown. */
const MOST_CHARACTERS = 32_768;
/** Port writes that are looked at for it. */
const MOST_WRITES = 32_768;

/** Pieces of output with the steps that wrote them. */
export const console: Question = {
  lane: 'now',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    return { at, ...outputBefore(trace, at) };
  },
};

/** The end of what was printed before a step, in order; `cut` where there was more. */
export function outputBefore(
  trace: Trace,
  at: number,
): { readonly cut: boolean; readonly pieces: readonly { step: number; text: string }[] } {
  const { rows } = trace.query(
    `SELECT step, data FROM port_io WHERE step < ${at} AND direction = 'out'
     AND port IN (${CONSOLE_PORTS.join()}) ORDER BY step DESC, id DESC LIMIT ${MOST_WRITES}`,
  );
  const pieces: { step: number; text: string }[] = [];
  let characters = 0;
  let cut = false;
  for (const [step, data] of rows) {
    const text = Buffer.from(data as Uint8Array).toString('latin1');
    characters += text.length;
    if (characters > MOST_CHARACTERS) {
      cut = true;
      break;
    }
    pieces.push({ step: Number(step), text });
  }
  return { cut: cut || pieces.length === MOST_WRITES, pieces: pieces.reverse() };
}
