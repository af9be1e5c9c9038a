import js from '@eslint/js';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/** What goes over a folder's border goes by import, where the rules of architecture.js see it. */
const URL_OF_OTHER_FOLDER =
  "NewExpression[callee.name='URL'][arguments.1.type='MemberExpression']:not([arguments.0.value=/^\\.\\u002F[^\\u002F]+$/])";

/** Files of more than 400 lines that wait to be split. */
const LONG = ['src/query/trace.ts', 'src/stepper/stepper.ts', 'src/trace/write/trace-writer.ts'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['*.js', '.*.js', 'scripts/*.mjs', 'editors/*/*.js'],
          // Few and short, but more than the eight that are taken without asking.
          maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: 16,
        },
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
  { files: ['src/**/*.ts', 'web/**/*.ts'], ignores: LONG, rules: { 'max-lines': ['error', 400] } },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          enableFixer: false,
          require: { FunctionDeclaration: true, ClassDeclaration: true },
          contexts: [
            'TSInterfaceDeclaration',
            // Not the type of a constant's values, which has the constant's name.
            'TSTypeAliasDeclaration:not([typeAnnotation.type="TSIndexedAccessType"])',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
        },
      ],
    },
  },
  {
    files: ['editors/**/*.js'],
    languageOptions: { globals: { require: 'readonly', exports: 'readonly' } },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/base/package-root.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: URL_OF_OTHER_FOLDER,
          message: "Load by URL only files of the same folder ('./thread.js'): import the others.",
        },
      ],
    },
  },
);
