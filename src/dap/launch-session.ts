/** How a session begins and ends: a trace is opened, or a guest recorded first and its trace opened. */
import {
  InitializedEvent,
  OutputEvent,
  ProgressEndEvent,
  ProgressStartEvent,
  ProgressUpdateEvent,
  TerminatedEvent,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { basename } from 'node:path';
import { inputError } from '../base/errors.js';
import { parseStepPosition } from '../query/places/place.js';
import { Position } from '../query/position.js';
import { Trace } from '../query/trace.js';
import { BreakpointSession } from './breakpoint-session.js';
import { recordForLaunch, traceBeside, type RecordArguments } from './recording.js';

/** What a launch configuration may say. */
export interface LaunchArguments extends DebugProtocol.LaunchRequestArguments {
  /** Path of the trace; with a guest, of the one that is recorded. */
  readonly trace?: string;
  /** Path of a guest to record first. */
  readonly guest?: string;
  readonly record?: RecordArguments;
  /** Where to begin: a step, or a place such as `main:3`. Default: the first step. */
  readonly at?: string | number;
}

/** The only progress that is ever shown. */
const PROGRESS = 'recording';
/** Milliseconds between two reports of it. */
const PROGRESS_INTERVAL = 500;

/** A session that has its trace, or is about to. */
export abstract class LaunchSession extends BreakpointSession {
  readonly #abort = new AbortController();
  #recording: Promise<void> | undefined;
  /** Whether the editor shows progress. */
  protected showsProgress = false;

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    { guest, trace, record = {}, at = 0 }: LaunchArguments,
  ): void {
    if (guest === undefined) {
      this.try(response, () => {
        this.#openTrace(trace, at);
      });
      return;
    }
    const output = trace ?? traceBeside(guest);
    this.#recording = this.#record(guest, output, record).then(
      () => {
        this.try(response, () => {
          this.#openTrace(output, at);
        });
      },
      (error: unknown) => {
        this.refuse(response, error);
      },
    );
  }

  #openTrace(path: string | undefined, at: string | number): void {
    if (path === undefined) {
      throw inputError(
        'no trace was given: name one in the launch configuration ("trace": "t.db"), or a guest to record ("guest": "guest.elf").',
      );
    }
    const trace = Trace.open(path);
    this.trace = trace;
    const step = parseStepPosition(String(at), '"at"', trace.stepCount + 1, trace);
    this.position = new Position(trace, step);
    this.sendEvent(new InitializedEvent());
  }

  async #record(guest: string, output: string, settings: RecordArguments): Promise<void> {
    const title = `Recording ${basename(guest)}`;
    if (this.showsProgress) {
      const start: DebugProtocol.ProgressStartEvent = new ProgressStartEvent(PROGRESS, title);
      start.body.cancellable = true;
      this.sendEvent(start);
    }
    let told = 0;
    try {
      const sentences = await recordForLaunch(guest, output, settings, {
        signal: this.#abort.signal,
        onOutput: (bytes) => {
          this.sendEvent(new OutputEvent(Buffer.from(bytes).toString('latin1'), 'stdout'));
        },
        onProgress: ({ steps }) => {
          const now = performance.now();
          if (!this.showsProgress || now - told < PROGRESS_INTERVAL) return;
          told = now;
          this.sendEvent(new ProgressUpdateEvent(PROGRESS, `${steps} steps`));
        },
      });
      for (const sentence of sentences) this.say(sentence);
    } finally {
      if (this.showsProgress) this.sendEvent(new ProgressEndEvent(PROGRESS));
    }
  }

  /** The user cancels the recording: what there is of it is debugged. */
  protected override cancelRequest(response: DebugProtocol.CancelResponse): void {
    this.#abort.abort();
    this.sendResponse(response);
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    void this.#end().then(() => {
      this.sendResponse(response);
      this.sendEvent(new TerminatedEvent());
    });
  }

  /** The editor has gone: a recording under way closes its file first. */
  override shutdown(): void {
    void this.#end().then(() => {
      super.shutdown();
    });
  }

  async #end(): Promise<void> {
    this.#abort.abort();
    await this.#recording;
    this.trace?.close();
    this.trace = undefined;
  }
}
