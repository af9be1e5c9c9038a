/** The rules of imports, made of the table in architecture.js: type imports count, too. */
import { FOLDERS } from './architecture.js';

const inFolder = (names) => `^src/(?:${names.join('|')})/`;

const folders = Object.entries(FOLDERS).flatMap(([name, { imports, types = [] }]) => [
  {
    name: `src/${name}`,
    comment: `src/${name} may not import that folder: see architecture.js.`,
    severity: 'error',
    from: { path: inFolder([name]) },
    to: { path: '^src/', pathNot: inFolder([name, ...imports, ...types]) },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `types of src/${name}`,
          comment: `src/${name} may import types alone of that folder: see architecture.js.`,
          severity: 'error',
          from: { path: inFolder([name]) },
          to: {
            path: inFolder(types),
            pathNot: inFolder([name, ...imports]),
            dependencyTypesNot: ['type-only'],
          },
        },
      ]),
]);

const packages = Object.entries(FOLDERS).flatMap(([name, { packages: own = [] }]) =>
  own.map((each) => ({
    name: `package ${each}`,
    comment: `${each} belongs to src/${name} alone.`,
    severity: 'error',
    from: { path: '^src/', pathNot: inFolder([name]) },
    to: { path: `^node_modules/${each}/` },
  })),
);

export default {
  forbidden: [
    ...folders,
    ...packages,
    {
      name: 'no cycles',
      comment: 'Files that import each other cannot be read, tested or replaced one at a time.',
      severity: 'error',
      from: { path: '^(?:src|web)/' },
      to: { circular: true },
    },
    {
      name: 'no way out of src',
      comment: 'What is published is src alone.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:web|test|bench|scripts|docs|architecture)' },
    },
    {
      name: 'a folder of its own',
      comment: 'Files of src lie in a folder of architecture.js; index.ts is the library.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `${inFolder(Object.keys(FOLDERS))}|^src/index\\.ts$` },
    },
    {
      name: 'the page stands alone',
      comment: 'web/ runs in browsers: it knows the documents of src/web, and none of its code.',
      severity: 'error',
      from: { path: '^web/' },
      to: { pathNot: '^(?:web/|node_modules/lit-html/)' },
    },
    {
      name: 'what exists',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
