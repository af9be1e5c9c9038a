/** Where the guests were compiled with -g, what a comparison says has the file and the line. */
import { recordBuild } from '../helpers/builds.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';

const LINE = /shop\.c:\d+/;

async function builds(...flags: string[]): Promise<[string, string]> {
  return [
    await recordBuild('shop.c', ['-O1', ...flags]),
    await recordBuild('shop.c', ['-O1', '-DLIMIT=21', ...flags]),
  ];
}

kvmTest('source lines in the report and in its data', async (t) => {
  const [a, b] = await builds('-g');
  for (const mode of ['exact', 'aligned']) {
    const { stdout } = kvmtrace(['diff', a, b, '--mode', mode]);
    const lines = stdout.split('\n');
    t.true(lines.some((line) => /goes to|goes on to/.test(line)));
    t.regex(stdout, /price_of\S* \(\s*shop\.c:\d+\)/, `the branch, ${mode}`);
    for (const line of lines.slice(1)) t.true(line.length <= 80, line);
    t.regex(kvmtrace(['diff', a, b, '--mode', mode, '--format', 'markdown']).stdout, LINE);
  }
  const { stdout } = kvmtrace(['diff', a, b, '--mode', 'both', '--format', 'json']);
  const { exact, aligned } = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
  for (const found of [exact!['first'], aligned!['control_flow']]) {
    const { source, source_a: sourceA } = found as Record<string, { file: string; line: number }>;
    t.regex((source ?? sourceA)!.file, /shop\.c$/);
    t.true((source ?? sourceA)!.line > 1);
  }
});

kvmTest('without them reports are as they were', async (t) => {
  const [a, b] = await builds();
  t.notRegex(kvmtrace(['diff', a, b, '--mode', 'both']).stdout, LINE);
});
