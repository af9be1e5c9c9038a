/** The page as people use it, in a browser: by clicks and by keys. */
import type { ExecutionContext } from 'ava';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { browserKvmTest, browserTest, eventually, withPage } from '../helpers/browser.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const HELLO = fileURLToPath(new URL('traces/hello.db', packageRoot));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The position, as the page shows it. */
async function position(page: Page): Promise<number> {
  return Number(await page.locator('#position').inputValue());
}

async function waitForPosition(page: Page, at: number): Promise<void> {
  await eventually(page, `document.querySelector('#position').value`, String(at));
}

browserTest(
  'a byte that is clicked leads to the step that wrote it, and on to who reads it',
  async (t) => {
    using trace = Trace.open(HELLO);
    const at = 900;
    const address = trace.state(at).register('rsp')!;
    const range = { gpa: Number(address), length: 1 };
    const writer = trace.lastMemoryWrite(range, at)!.step;
    const reader = trace.nextAccess(range, at + 1, { reads: true })!.step;
    await withPage(
      { trace: HELLO, at: `at=${at}` },
      async ({ page, complaints, requests, server }) => {
        await page.locator(`[data-address="0x${address.toString(16)}"]`).click();
        await page.locator('[data-deed="last write"]').click();
        await waitForPosition(page, writer);
        t.true((await page.locator('.row.here .code').textContent())!.length > 2);
        await page.goBack();
        await waitForPosition(page, at);
        await page.locator('[data-deed="next read"]').click();
        await waitForPosition(page, reader);
        t.deepEqual(complaints, []);
        t.true(
          requests.every((url) => url.startsWith(server.url)),
          'nothing leaves the machine',
        );
      },
    );
  },
);

browserTest('a register that is clicked is followed by keys from write to write', async (t) => {
  using trace = Trace.open(HELLO);
  await withPage({ trace: HELLO, at: 'at=900' }, async ({ page }) => {
    await page.locator('[data-register="rax"]').click();
    await page.keyboard.press('w');
    const next = trace.registerChanges('rax').next(901)!;
    await waitForPosition(page, next);
    await page.keyboard.press('W');
    await waitForPosition(page, trace.registerChanges('rax').last(next)!);
    await page.keyboard.press('ArrowRight');
    const at = await position(page);
    const changed = await page.locator('.register.changed .name').allTextContents();
    const made = [...trace.steps(at - 1, 1)][0]!.registers.map(({ name }) => name);
    t.deepEqual(changed.toSorted(), made.toSorted(), 'what the last step changed is marked');
    t.true(page.url().includes(`at=${at}`) && page.url().includes('sel=rax'));
  });
});

browserTest('why is a graph that one walks', async (t) => {
  using trace = Trace.open(HELLO);
  const at = trace.nthExecution('fibonacci', 5)!;
  const why = trace.why(at, 'rdi', { depth: 6, links: 60 });
  await withPage({ trace: HELLO, at: `at=${at}&sel=rdi` }, async ({ page }) => {
    await page.keyboard.press('y');
    await page.waitForSelector('.node');
    const root = page.locator('.node').first();
    t.regex((await root.textContent())!, /rdi/);
    await root.focus();
    await page.keyboard.press('Enter');
    await waitForPosition(page, why.step!);
    t.is(page.url().includes(`why=rdi%40${at}`), true, 'the graph stays where it began');
    const source = why.sources[0]!;
    await page.keyboard.press('ArrowRight');
    const focused = await page.evaluate<string>(`document.activeElement.textContent.trim()`);
    t.true(focused.startsWith(source.name), `${focused} is ${source.name}`);
    await page.keyboard.press('Enter');
    if (source.step !== undefined) await waitForPosition(page, source.step);
    t.pass();
  });
});

browserTest(
  'search, bookmarks, executions and SQL lead to steps, and the URL keeps them',
  async (t) => {
    using trace = Trace.open(HELLO);
    await withPage({ trace: HELLO }, async ({ page }) => {
      await page.keyboard.press('/');
      await page.keyboard.type('fibonacci');
      await page.keyboard.press('Enter');
      await page.locator('.hit').first().click();
      const first = trace.nthExecution('fibonacci', 1)!;
      await waitForPosition(page, first);
      await page.keyboard.press('e');
      await waitForPosition(page, trace.nthExecution('fibonacci', 2)!);
      await page.keyboard.press('m');
      await page.keyboard.press('Home');
      await waitForPosition(page, 0);
      await page.keyboard.press('b');
      await waitForPosition(page, trace.nthExecution('fibonacci', 2)!);
      t.regex(page.url(), /marks=\d+/);
      await page.locator('#tab-sql').click();
      await page
        .getByRole('textbox', { name: 'SQL' })
        .fill('SELECT step FROM port_io ORDER BY id LIMIT 1');
      await page.keyboard.press('Control+Enter');
      await page.locator('.sql-result .step-link').click();
      const [row] = trace.query('SELECT step FROM port_io ORDER BY id LIMIT 1').rows;
      await waitForPosition(page, Number(row![0]));
      const url = page.url();
      await page.reload();
      await page.waitForSelector('.row .code');
      await waitForPosition(page, Number(row![0]));
      t.is(page.url(), url);
    });
  },
);

browserTest('console, stack and the ends of the trace are those of the position', async (t) => {
  using trace = Trace.open(HELLO);
  await withPage({ trace: HELLO, at: `at=${trace.stepCount}` }, async ({ page }) => {
    await page.waitForSelector('.console [data-step]');
    t.regex(
      (await page.locator('.console').textContent())!,
      /^Hello from a KVM guest\nfibonacci\(9\) = 34\n/,
    );
    t.is(await page.locator('.row.here .end').textContent(), 'end of the recording');
    await page.locator('.console [data-step]').nth(2).click();
    const step = await position(page);
    t.regex([...trace.steps(step, 1)][0]!.instruction.text, /^out/);
    await eventually(page, `document.querySelector('.console').textContent`, 'He');
    const names = trace.callStack(step).map(({ address }) => trace.symbolAt(address)!.symbol.name);
    await eventually(page, `document.querySelectorAll('.frames li').length`, names.length); // prettier-ignore
    const shown = await page.locator('.frames .place').allTextContents();
    t.deepEqual(
      shown.map((text) => text.trim()),
      names,
    );
  });
});

browserTest('the listing scrolls over all steps, by wheel and by its bar', async (t) => {
  await withPage({ trace: HELLO }, async ({ page }) => {
    const firstRow = (): Promise<number> =>
      page
        .locator('.row .step')
        .first()
        .textContent()
        .then((text) => Number(text!.replaceAll(',', '')));
    await page.locator('.listing-rows').hover();
    await page.mouse.wheel(0, 2000);
    await eventually(page, `document.querySelector('.row .step').textContent`, '100');
    t.is(await firstRow(), 100);
    const bar = (await page.locator('.scrollbar').boundingBox())!;
    await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height - 2);
    await page.waitForSelector('.row .end');
    t.is(await position(page), 0, 'scrolling does not move the position');
  });
});

/** Opens a tab and waits for it to be shown. */
async function openTab(page: Page, tab: string): Promise<void> {
  await page.locator(`#tab-${tab}`).click();
  await page.locator(`#tab-panel[aria-labelledby="tab-${tab}"]`).waitFor();
  await page.waitForLoadState('networkidle');
}

browserKvmTest(
  'two traces are compared: the cause, the next difference, both sides in step',
  async (t) => {
    const [trace, other] = [temporaryPath('hello.db'), temporaryPath('other.db')];
    const guest = fileURLToPath(new URL('guests/hello/hello.elf', packageRoot));
    t.is(kvmtrace(['record', guest, '-o', trace]).code, 0);
    const args = ['replay', trace, '--from', '700', '--set', 'rdi=7', '-o', other];
    t.is(kvmtrace(args).code, 0);
    await withPage({ trace, other }, async ({ page, complaints }) => {
      await page.waitForSelector('.verdict b.different');
      const points = page.locator('.point');
      t.regex((await points.first().textContent())!, /^\s*cause.*rdi=7/s);
      await page.keyboard.press('d');
      await waitForPosition(page, 700);
      const here = (side: string): Promise<string | null> =>
        page.locator(`.side-${side} .row.here .step`).textContent();
      t.deepEqual([await here('a'), await here('b')], ['700', '0']);
      t.is(await page.locator('.register-diff tbody th').first().textContent(), 'rdi');
      await page.keyboard.press('ArrowRight');
      await waitForPosition(page, 701);
      t.deepEqual([await here('a'), await here('b')], ['701', '1']);
      t.true((await page.locator('.side-a .row.divergence').count()) > 0);
      await page.locator('.side-b .row').nth(5).click();
      await eventually(page, `document.querySelector('.side-b .row.here .step').textContent`, '5');
      t.is(await here('a'), '705');
      await page.keyboard.press('s');
      await page.keyboard.press('ArrowRight');
      await waitForPosition(page, 706);
      t.is(await here('b'), '5', 'one alone');
      await page.waitForSelector('.function-diff td.place');
      t.regex((await page.locator('.function-diff').textContent())!, /fibonacci/);
      await check(t, page);
      t.deepEqual(complaints, []);
    });
  },
);

browserTest(
  'the timeline is clicked and zoomed, and follows a jump out of its window',
  async (t) => {
    using trace = Trace.open(HELLO);
    await withPage({ trace: HELLO }, async ({ page }) => {
      await page.waitForSelector('canvas[data-drawn="whole"]');
      /** The next picture that is asked for with so few steps, or from so early on. */
      const picture = async (
        isWanted: (range: { from: number; to: number }) => boolean,
      ): Promise<{ from: number; to: number }> => {
        const request = await page.waitForRequest(
          (each) => each.url().endsWith('/calls') && isWanted(each.postDataJSON() as { from: number; to: number }), // prettier-ignore
        );
        return request.postDataJSON() as { from: number; to: number };
      };
      const box = (await page.locator('canvas').boundingBox())!;
      const gutter = 74;
      await page.mouse.click(box.x + gutter + (box.width - gutter) / 2, box.y + 30);
      await page.locator('.row.here').waitFor();
      const clicked = await position(page);
      t.true(Math.abs(clicked - trace.stepCount / 2) < 5, `${clicked} is the middle`);
      const near = picture(({ from, to }) => to - from < trace.stepCount / 4);
      for (let i = 0; i < 8; i++) await page.keyboard.press('+');
      const close = await near;
      t.true(close.from <= clicked && clicked < close.to, 'the position stays in the window');
      const first = picture(({ from }) => from === 0);
      await page.keyboard.press('Home');
      t.true((await first).to < clicked, 'the window goes where the position does');
    });
  },
);

const MARKUP = '<img src=x onerror="window.injected=1"><script>window.injected=1</script>';
const HUGE = 'x'.repeat(200_000);

browserTest('a hostile trace injects nothing and breaks nothing', async (t) => {
  const hostile = writeFixtureTrace({
    meta: { guest: MARKUP, stop_detail: `${MARKUP}\u202e${HUGE}`, '<b>key</b>': HUGE },
    symbols: [
      { address: 0x1000, size: 0x10, name: MARKUP },
      { address: 0x1010, size: 0x10, name: `javascript:alert(1)//${HUGE}` },
      { address: 0x1020, size: 0x10, name: '${alert(1)}"\'`</td>' },
    ],
    steps: [
      {
        rip: 0x1000,
        text: MARKUP,
        out: [0x3f8, `${MARKUP}\u001b[2J`],
        registers: { rax: 0xffffffffffffffffn },
      },
      { rip: 0x1010, text: HUGE, memory: [{ gpa: 0x2000, size: 8, value: 0x3c7363726970743en }] },
      { rip: 0x1020, text: '\'"><svg/onload=window.injected=1>' },
    ],
    sql: `INSERT INTO interruption VALUES (1, 1, 14, 'fault', 2, 4096, 4096, 0)`,
  });
  const at = `at=1&sel=${encodeURIComponent(MARKUP)}&mem=${encodeURIComponent(MARKUP)}&why=${encodeURIComponent(`${MARKUP}@1`)}&sql=${encodeURIComponent(MARKUP)}`; // prettier-ignore
  await withPage({ trace: hostile, at }, async ({ page, complaints }) => {
    for (const tab of [
      'console',
      'why',
      'search',
      'sql',
      'functions',
      'marks',
      'screen',
      'trace',
    ]) {
      await openTab(page, tab);
    }
    await page.locator('#tab-sql').click();
    await page
      .getByRole('textbox', { name: 'SQL' })
      .fill(`SELECT '${MARKUP}' AS "<i>a</i>", name FROM symbol`);
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.sql-result td');
    t.true(
      (await page.locator('.sql-result td').first().textContent())!.includes(MARKUP),
      'shown as text',
    );
    await page.keyboard.press('Escape');
    await page.locator('canvas').hover();
    t.is(await page.evaluate('window.injected'), undefined);
    t.is(await page.locator('img, iframe, object, td script').count(), 0);
    const longest = await page.evaluate<number>(
      `Math.max(...[...document.querySelectorAll('span, td, dd, p')].map((each) => each.textContent.length))`,
    );
    t.true(longest < 3000, `${longest} characters in one place`);
    // What the server refuses is told by the browser, too.
    t.deepEqual(
      complaints.filter((text) => !text.includes('400 (Bad Request)')),
      [],
    );
  });
});

for (const scheme of ['light', 'dark'] as const) {
  browserTest(`axe finds nothing to complain about (${scheme})`, async (t) => {
    await withPage(
      { trace: HELLO, at: 'at=900&sel=rax&tab=why&why=rax@900&marks=890', scheme },
      async ({ page }) => {
        await page.waitForSelector('.node');
        await page.waitForSelector('[data-deed="next write"]');
        await check(t, page);
        for (const tab of ['console', 'sql', 'functions', 'marks', 'trace']) {
          await openTab(page, tab);
          await check(t, page);
        }
        await page.keyboard.press('?');
        await page.waitForSelector('dialog');
        await check(t, page);
      },
    );
  });
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

async function check(t: ExecutionContext, page: Page): Promise<void> {
  // By the debugging protocol: the page's policy lets no script in.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  t.deepEqual(
    violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    ),
    [],
  );
}
