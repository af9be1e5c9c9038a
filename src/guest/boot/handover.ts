/**
 * What a boot loader leaves in memory for a kernel: structures, strings and modules, one after the other in
 * free memory behind the image.
 */
import { readFileSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import { PAGE_BYTES } from '../../base/page.js';
import type { GuestSegment } from '../formats/image.js';
import { lowRamSize, type MemoryLayout } from '../memory-map.js';

const ALIGNMENT = 16;

/** A file that comes with the kernel. */
export interface BootModule {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Its own command line. */
  readonly commandLine: string;
}

/** Reads `FILE` or `FILE TEXT`, as `--module` and `--initrd` give them; `option` is for messages. */
export function readModule(text: string, option: string): BootModule {
  const [, path, commandLine = ''] = /^(\S+)(?:\s+(.*))?$/s.exec(text.trim()) ?? [];
  if (path === undefined) throw inputError(`${option} is empty: give a file.`);
  try {
    return { path, bytes: readFileSync(path), commandLine };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw inputError(
      `${option} ${JSON.stringify(path)} cannot be read (${code}): give a file.`,
      error,
    );
  }
}

/** Memory behind the segments, handed out from low to high. */
export class Handover {
  readonly #title: string;
  readonly #end: number;
  readonly #segments: GuestSegment[] = [];
  #next: number;

  constructor(title: string, segments: readonly GuestSegment[], layout: MemoryLayout) {
    this.#title = title;
    this.#end = lowRamSize(layout);
    const ends = segments
      .map(({ gpa, memorySize }) => gpa + memorySize)
      .filter((end) => end <= this.#end);
    this.#next = Math.max(PAGE_BYTES, ...ends);
  }

  /** Puts `bytes` there; returns their gpa. */
  put(bytes: Uint8Array, alignment = ALIGNMENT): number {
    const gpa = Math.ceil(this.#next / alignment) * alignment;
    if (gpa + bytes.length > this.#end) {
      throw inputError(
        `${this.#title}: there is no room for ${bytes.length} bytes of boot information behind the image: give more --memory.`,
      );
    }
    this.#next = gpa + bytes.length;
    if (bytes.length > 0) this.#segments.push({ gpa, data: bytes, memorySize: bytes.length });
    return gpa;
  }

  /** A file, at the start of a page. */
  putPages(bytes: Uint8Array): number {
    return this.put(bytes, PAGE_BYTES);
  }

  /** Text with a zero at its end. */
  putString(text: string): number {
    return this.put(Buffer.from(`${text}\0`, 'utf8'));
  }

  get segments(): readonly GuestSegment[] {
    return this.#segments;
  }
}
