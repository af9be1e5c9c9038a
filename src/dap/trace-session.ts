/** What all requests of a debug adapter's session go by: the trace, the position, and how to answer. */
import { DebugSession, OutputEvent, StoppedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { inputError, KvmtraceError } from '../base/errors.js';
import { hex } from '../base/number-text.js';
import { parseInteger } from '../query/places/numbers.js';
import type { Position } from '../query/position.js';
import type { Trace } from '../query/trace.js';
import { formatSymbol } from '../trace/read/symbols.js';
import { Breakpoints } from './breakpoints.js';

/** The only thread there is. */
export const THREAD = 1;

/** Where code comes from; nothing where the guest does not say. */
export interface SourceLocation {
  readonly source?: DebugProtocol.Source;
  readonly line?: number;
  readonly column?: number;
}

/** A session with a trace, once it is launched. */
export abstract class TraceSession extends DebugSession {
  protected trace: Trace | undefined;
  protected position: Position | undefined;
  protected readonly breakpoints = new Breakpoints();

  protected open(): Position {
    if (this.position === undefined) throw inputError('no trace is open: launch one first.');
    return this.position;
  }

  /** Sends what `work` has put into the response, or why it could not. */
  protected answer(response: DebugProtocol.Response, work: (position: Position) => void): void {
    this.try(response, () => {
      work(this.open());
    });
  }

  protected try(response: DebugProtocol.Response, work: () => void): void {
    try {
      work();
      this.sendResponse(response);
    } catch (error) {
      this.refuse(response, error);
    }
  }

  /** Sends what is wrong as the answer; what nobody expected is a bug and stays one. */
  protected refuse(response: DebugProtocol.Response, error: unknown): void {
    if (!(error instanceof KvmtraceError)) throw error;
    const { exitCode: id, message: format } = error;
    this.sendErrorResponse(response, { id, format, showUser: true });
  }

  protected stopped(reason: string): void {
    const event: DebugProtocol.StoppedEvent = new StoppedEvent(reason, THREAD);
    event.body.allThreadsStopped = true;
    this.sendEvent(event);
  }

  protected say(text: string): void {
    this.sendEvent(new OutputEvent(`${text}\n`, 'console'));
  }

  protected name(address: bigint): string {
    const symbol = this.trace?.symbolAt(address);
    return symbol === undefined ? hex(address) : formatSymbol(symbol);
  }

  /** Nothing where the guest does not say. */
  protected location(address: bigint): SourceLocation {
    const found = this.trace?.sourceAt(address);
    if (found === undefined) return {};
    const { file, line, column } = found;
    const source = { name: basename(file), ...(existsSync(file) ? { path: file } : {}) };
    return { source, line, column };
  }
}

/**
 * The address that an editor refers to.
 *
 * @throws KvmtraceError (exit code 2) for what is none
 */
export function addressOf(reference: string): bigint {
  const address = parseInteger(reference);
  if (address === undefined) throw inputError(`${reference} is no address: give one as in 0x1000.`);
  return address;
}
