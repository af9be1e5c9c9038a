/** A tracee was used after `close()` or `detach()`. */
export class TraceeExitedError extends Error {
  constructor(device: string) {
    super(`tracee exited: ${device} was closed, so open another one`);
    this.name = 'TraceeExitedError';
  }
}
