import { isEmulated } from './scripts/test-host.mjs';

// Real KVM, real SQLite, the built CLI: tests run from dist/, built by `npm run build`.
export default {
  files: ['test/**/*.test.ts'],
  typescript: {
    rewritePaths: { 'src/': 'dist/src/', 'test/': 'dist/test/' },
    compile: false,
  },
  // koffi and better-sqlite3 are native addons: one process per test file keeps them apart.
  workerThreads: false,
  // An emulated machine and the process that asks it keep a processor busy each.
  concurrency: isEmulated() ? 1 : 2,
  // For the longest test there is, on a machine with much other work: what hangs costs it once.
  timeout: '20m',
};
