/** npm run build: bundles web/ into dist/web, which src/web serves and the package ships. */
import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

mkdirSync(path('dist/web'), { recursive: true });
await build({
  entryPoints: { page: path('web/main.ts') },
  outdir: path('dist/web'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17.2'],
  legalComments: 'inline',
  logLevel: 'warning',
});
await build({
  entryPoints: { page: path('web/page.css') },
  outdir: path('dist/web'),
  minify: true,
  bundle: true,
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg'])
  cpSync(path(`web/${name}`), path(`dist/web/${name}`));
