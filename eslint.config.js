import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports go one way; each folder may import only what stands here (see ARCHITECTURE in README). */
const layer = (folder, forbidden, packages = []) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...forbidden.map((name) => ({
            regex: `^\\.{1,2}/(?:\\.\\./)*${name}/`,
            message: `src/${folder} must not import src/${name}.`,
          })),
          ...packages.map((name) => ({
            regex: `^${name}(?:/|$)`,
            message: `${name} belongs to another folder.`,
          })),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      // Typed-array hot loops and fixed layouts: the index is in range by construction there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' },
    },
  },
  layer(
    'x86',
    ['kvm', 'stepper', 'trace', 'capture', 'recorder', 'query', 'replay', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer(
    'kvm',
    ['guest', 'devices', 'tracee', 'machine', 'stepper', 'trace', 'capture', 'recorder', 'cli'],
    ['better-sqlite3', 'yargs'],
  ),
  layer('devices', ['kvm', 'machine', 'stepper', 'trace', 'recorder', 'replay', 'cli']),
  layer('guest', ['machine', 'stepper', 'trace', 'capture', 'recorder', 'query', 'replay', 'cli']),
  layer(
    'machine',
    ['stepper', 'trace', 'capture', 'recorder', 'query', 'replay', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer(
    'stepper',
    ['doctor', 'trace', 'capture', 'recorder', 'query', 'replay', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer(
    'trace',
    ['kvm', 'machine', 'stepper', 'capture', 'recorder', 'query', 'replay', 'cli'],
    ['koffi', 'yargs'],
  ),
  layer(
    'derive',
    ['kvm', 'machine', 'stepper', 'capture', 'recorder', 'query', 'replay', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer('capture', ['recorder', 'query', 'replay', 'cli'], ['koffi', 'better-sqlite3', 'yargs']),
  layer('recorder', ['query', 'replay', 'cli'], ['koffi', 'better-sqlite3', 'yargs']),
  // Reading a trace needs no KVM; running it again does.
  layer(
    'query',
    ['kvm', 'machine', 'stepper', 'capture', 'recorder', 'replay', 'check', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer('replay', ['recorder', 'check', 'cli'], ['koffi', 'better-sqlite3', 'yargs']),
  layer(
    'diff',
    ['kvm', 'machine', 'stepper', 'capture', 'recorder', 'replay', 'check', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer(
    'check',
    ['kvm', 'machine', 'stepper', 'capture', 'cli'],
    ['koffi', 'better-sqlite3', 'yargs'],
  ),
  layer('cli', [], ['koffi', 'better-sqlite3']),
);
