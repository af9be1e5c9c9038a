import type { Context } from './context.js';

/** Draws one instruction, with what has to stand before it. */
export interface Generator {
  readonly weight: number;
  /** Its result depends on flags: on ones that another instruction may have left undefined. */
  readonly readsFlags?: boolean;
  /** Does not assemble in 64-bit code. */
  readonly legacyOnly?: boolean;
  make(context: Context): string[];
}
