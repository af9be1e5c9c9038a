/** Ctrl-C and kill ask for an end; what is under way closes its files first, however often. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that is aborted when the process is asked to end. */
export interface SignalWatch {
  readonly signal: AbortSignal;
  /** Gives the signals their usual effect back. */
  stop(): void;
}

/**
 * Begins to watch for signals that ask for an end, and for the death of the process that started
 * this one.
 */
export function abortOnSignals(): SignalWatch {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, abort);
  // Whoever started this process with a channel (kvmtrace check) has died. Watching for that must not
  // keep this process alive.
  process.on('disconnect', abort);
  process.channel?.unref();
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of SIGNALS) process.off(name, abort);
      process.off('disconnect', abort);
    },
  };
}
