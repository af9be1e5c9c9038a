import { fileURLToPath } from 'node:url';

/** Path of kvmtrace's command line, for processes that run it again. */
export const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
