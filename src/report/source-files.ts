/** The text of source lines, where the files that a guest was compiled from can be found. */
import { readFileSync, statSync } from 'node:fs';
import type { SourcePlace } from '../trace/read/source-lines.js';

/** Larger files are no sources. */
const MAX_BYTES = 16 * 1024 ** 2;

/** Reads source files as they are needed, and keeps their lines. */
export class SourceFiles {
  readonly #lines = new Map<string, readonly string[]>();

  /** The line without what stands around its text; undefined where there is no such file or line. */
  text({ file, line }: SourcePlace): string | undefined {
    let lines = this.#lines.get(file);
    if (lines === undefined) this.#lines.set(file, (lines = readLines(file)));
    return lines[line - 1]?.trim();
  }
}

/** Paths come from the trace, which may name anything: only plain files are read. */
function readLines(path: string): readonly string[] {
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size > MAX_BYTES) return [];
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
