// Real KVM, real SQLite, the built CLI: tests run from dist/, built by `npm run build`.
export default {
  files: ['test/**/*.test.ts'],
  typescript: {
    rewritePaths: { 'src/': 'dist/src/', 'test/': 'dist/test/' },
    compile: false,
  },
  // koffi and better-sqlite3 are native addons: one process per test file keeps them apart.
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
};
