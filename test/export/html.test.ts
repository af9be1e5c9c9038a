/** The page as one file: what it has in it is what the trace has, and it needs nothing else. */
import test from 'ava';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { browser, browserTest, eventually } from '../helpers/browser.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const HELLO = fileURLToPath(new URL('traces/hello.db', packageRoot));

function exported(trace: string, ...range: string[]): { path: string; text: string } {
  const path = temporaryPath('t.html');
  const { code, stderr } = kvmtrace(['export', trace, '--as', 'html', ...range, '-o', path]);
  if (code !== 0) throw new Error(stderr);
  return { path, text: readFileSync(path, 'utf8') };
}

test('the file has its script, style and steps in it, and a policy that allows these alone', (t) => {
  const { text } = exported(HELLO, '--from', '600', '--to', '1400');
  const policy = /content="(default-src[^"]+)"/.exec(text)![1]!;
  const scripts = [...text.matchAll(/<script type="module">([^]*?)<\/script>/g)];
  t.is(scripts.length, 1);
  const hash = createHash('sha256').update(scripts[0]![1]!).digest('base64');
  t.true(policy.includes(`script-src 'sha256-${hash}'`));
  t.true(policy.startsWith("default-src 'none'"));
  t.notRegex(text.replace(scripts[0]![1]!, ''), /(?:src|href)="(?!data:)/);
  const data = /id="window">([\w+/=]+)<\/script>/.exec(text)![1]!;
  const window = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as {
    rows: { step: number; text: string }[];
  };
  using trace = Trace.open(HELLO);
  t.deepEqual(
    window.rows.map(({ step, text: code }) => [step, code]),
    Array.from(trace.steps(600, 800), ({ step, instruction }) => [step, instruction.text]),
  );
});

test('more steps than a page holds are refused with the way out', (t) => {
  const trace = writeFixtureTrace({
    steps: [{ rip: 0x1000 }],
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
      INSERT INTO step SELECT i, 0 FROM n; UPDATE meta SET value = 100002 WHERE key = 'steps'`,
  });
  const { code, stderr } = kvmtrace([
    'export',
    trace,
    '--as',
    'html',
    '-o',
    temporaryPath('x.html'),
  ]);
  t.is(code, 2);
  t.regex(stderr, /100002 steps are too many for a page, which holds 100000: give --from and --to/);
});

browserTest('from disk: states, writes, reads and memory are those of the trace', async (t) => {
  using trace = Trace.open(HELLO);
  const { path } = exported(HELLO, '--from', '600', '--to', '1400');
  const at = 1000;
  const [write] = trace.query(`SELECT gpa FROM memory_write WHERE step > 900 AND step < ${at} ORDER BY step DESC LIMIT 1`).rows; // prettier-ignore
  // The guest's pages are mapped to themselves.
  const address = write![0] as bigint;
  const range = { gpa: Number(address), length: 1 };
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, offline: true }); // prettier-ignore
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${pathToFileURL(path).href}#at=${at}&mem=0x${address.toString(16)}`);
    await page.waitForSelector('.row .code');
    const register = async (name: string): Promise<bigint> => {
      const text = await page.locator(`[data-register="${name}"] .value`).textContent();
      return BigInt(`0x${text!.trim()}`);
    };
    for (const name of ['rax', 'rbx', 'rsp', 'rip', 'rflags']) {
      t.is(await register(name), trace.state(at).register(name)!, name);
    }
    const bytes = trace.state(at).readVirtual(address, 16).bytes;
    const shown = await page.locator('.dump-row').first().locator('.byte').allTextContents();
    t.is(shown.map((text) => text.trim()).join(''), Buffer.from(bytes).toString('hex'));
    await page.locator(`[data-address="0x${address.toString(16)}"]`).click();
    const writer = trace.lastMemoryWrite(range, at)!.step;
    t.true(writer >= 600, 'the write is in the window');
    await page.locator('[data-deed="last write"]').click();
    await eventually(page, `document.querySelector('#position').value`, String(writer));
    await page.goBack();
    await eventually(page, `document.querySelector('#position').value`, String(at));
    const reader = trace.nextAccess(range, at + 1, { reads: true })?.step;
    if (reader !== undefined && reader < 1400) {
      await page.locator('[data-deed="next read"]').click();
      await eventually(page, `document.querySelector('#position').value`, String(reader));
    }
    await page.keyboard.press('End');
    await eventually(page, `document.querySelector('#position').value`, '1400');
    t.is(
      await register('rax'),
      trace.state(1400).register('rax')!,
      'states are followed to the end',
    );
    await page.keyboard.press('Home');
    await eventually(page, `document.querySelector('#position').value`, '600');
    t.is(await register('rax'), trace.state(600).register('rax')!, 'and back');
    await page.waitForSelector('canvas[data-drawn="whole"]');
    const depth = trace.callStack(600).length;
    await eventually(page, `document.querySelectorAll('.frames li').length`, depth);
    t.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
});
