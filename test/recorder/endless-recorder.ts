/**
 * Records a guest without end into the file that is named, says how far it is, and closes the trace
 * on SIGINT. For tests that kill it.
 */
import { recordGuest } from '../../src/recorder/record.js';
import { MEMORY, writeGuest } from '../helpers/guest.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const { loading } = writeGuest(
  {
    mode: 'long',
    // Every other step counts: rbx of state n is n / 2.
    listing: `
      100000  ff c3  inc ebx
      100002  eb fc  jmp short 0x100000
    `,
  },
  temporaryDirectory(),
);
const interrupted = new AbortController();
process.on('SIGINT', () => {
  interrupted.abort();
});
await recordGuest({
  ...loading,
  output: process.argv[2]!,
  memory: MEMORY.long,
  force: false,
  dirty: 'auto',
  fpu: true,
  signal: interrupted.signal,
  onOutput: () => undefined,
  onProgress: ({ steps }) => {
    process.stdout.write(`${steps}\n`);
  },
});
process.exit(0);
