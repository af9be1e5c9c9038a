/** Asks the server, or the steps that an exported file has in it. */
import type { Documents } from './documents.js';

export type Side = 'a' | 'b';
export type Name = keyof Documents;

/** Whoever answers the questions of src/web/questions. */
export interface Source {
  /** @throws Problem with the sentence that says why there is no answer */
  ask<N extends Name>(
    side: Side,
    name: N,
    args: object,
    signal?: AbortSignal,
  ): Promise<Documents[N]>;
  /** Whether it answers questions of a kind at all. */
  can(name: Name): boolean;
}

/** A question that could not be answered: its message is for people. */
export class Problem extends Error {}

/** The server that the page came from. */
export class ServerSource implements Source {
  async ask<N extends Name>(
    side: Side,
    name: N,
    args: object,
    signal?: AbortSignal,
  ): Promise<Documents[N]> {
    let response;
    try {
      response = await fetch(`api/${side}/${name}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(args),
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new Problem('kvmtrace ui has ended: start it again, and open the URL that it prints.');
    }
    const body: unknown = await response.json();
    if (response.ok) return body as Documents[N];
    throw new Problem((body as { problem?: string }).problem ?? response.statusText);
  }

  can(): boolean {
    return true;
  }
}

/**
 * Asks one kind of question again and again, for the newest arguments only: what was asked for while an
 * answer was under way, and is no longer wanted, is never asked.
 */
export class Newest<N extends Name> {
  readonly #source: Source;
  readonly #side: Side;
  readonly #name: N;
  readonly #told: () => void;
  #wanted: { args: object; key: string } | undefined;
  #asking = false;
  #keyOfValue: string | undefined;
  /** The newest answer; that of the arguments before while one is under way. */
  value: Documents[N] | undefined;
  problem: string | undefined;

  /** @param told called when there is an answer or a problem */
  constructor(source: Source, side: Side, name: N, told: () => void) {
    this.#source = source;
    this.#side = side;
    this.#name = name;
    this.#told = told;
  }

  /** Whether an answer is under way. */
  get busy(): boolean {
    return this.#asking;
  }

  /** Does nothing where this has been asked last. */
  ask(args: object): void {
    const key = JSON.stringify(args);
    if (this.#wanted?.key === key || (this.#wanted === undefined && this.#keyOfValue === key))
      return;
    this.#wanted = { args, key };
    if (!this.#asking) void this.#run();
  }

  /** Forgets what has been asked: it is asked again. */
  forget(): void {
    this.#keyOfValue = undefined;
  }

  async #run(): Promise<void> {
    this.#asking = true;
    for (let next = this.#wanted; next !== undefined; next = this.#wanted) {
      try {
        this.value = await this.#source.ask(this.#side, this.#name, next.args);
        this.problem = undefined;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
      this.#keyOfValue = next.key;
      if (this.#wanted === next) this.#wanted = undefined;
      if (this.#wanted === undefined) this.#asking = false;
      this.#told();
    }
  }
}
