/** Where one trace is compared only up to where the other one was stopped. */
import { counted } from '../../base/number-text.js';

/** The trace that goes on, and where in it the other one ends. */
export interface Cut {
  readonly side: 'a' | 'b';
  /** Steps of that trace that were compared. */
  readonly step: number;
  /** Steps of the other one, and why it ended. */
  readonly ended: number;
  readonly reason: string;
  /** Control had parted before: as many steps of the other one were compared. */
  readonly parted: boolean;
}

/** That a comparison was cut short, and why, as a sentence; undefined where it was not. */
export function cutText({ cut }: { readonly cut: Cut | undefined }): string | undefined {
  if (cut === undefined) return undefined;
  const { side, step, ended, reason, parted } = cut;
  const other = side === 'a' ? 'b' : 'a';
  return `${other} was stopped (${reason}) after ${counted(ended, 'step')}: compared up to ${parted ? 'as many steps after control parts' : 'there'}, step ${step} of ${side}`;
}
