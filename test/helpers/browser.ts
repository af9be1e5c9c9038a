/** Tests of the page, in Debian's chromium. */
import { existsSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { chromium, type Browser, type Page } from 'playwright-core';
import { WebServer } from '../../src/web/server.js';
import { patience } from './host.js';
import { kvmTest } from './kvm.js';
import { skipTest } from './skip.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const isRequired = process.env['KVMTRACE_REQUIRE_BROWSER'] === '1';

/** What a test does in the browser. */
export interface Opened {
  readonly page: Page;
  readonly server: WebServer;
  /** What the page complained about: errors, and requests that its policy refused. */
  readonly complaints: readonly string[];
  /** URLs that were asked for. */
  readonly requests: readonly string[];
}

/** The traces to open, and where. */
export interface OpenOptions {
  readonly trace: string;
  readonly other?: string;
  /** Fragment of the URL, without `#`. */
  readonly at?: string;
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'dark' | 'light';
}

let started: Promise<Browser> | undefined;

/** The browser of this process; it ends with it. */
export function browser(): Promise<Browser> {
  started ??= chromium.launch({ executablePath: CHROMIUM ?? 'chromium', args: ['--no-sandbox'] });
  return started;
}

test.after.always(async () => {
  await (await started)?.close();
});

/** ava's `test` for what needs a browser: skipped where there is none, unless CI says that there is. */
export function browserTest(
  title: string,
  implementation: (t: ExecutionContext) => Promise<void>,
): void {
  if (CHROMIUM === undefined && !isRequired) {
    skipTest('no chromium: apt-get install chromium', title, implementation);
    return;
  }
  test.serial(title, async (t) => {
    t.timeout(patience(180_000));
    await implementation(t);
  });
}

/** The same for what also records a guest. */
export function browserKvmTest(
  title: string,
  implementation: (t: ExecutionContext) => Promise<void>,
): void {
  if (CHROMIUM === undefined && !isRequired) browserTest(title, implementation);
  else kvmTest(title, implementation);
}

/** Serves traces, opens the page, and closes both after `use`. */
export async function withPage(
  { trace, other, at = '', width = 1280, height = 800, scheme = 'light' }: OpenOptions,
  use: (opened: Opened) => Promise<void>,
): Promise<void> {
  const server = await WebServer.open({ path: trace, other, host: '127.0.0.1', port: 0 });
  const context = await (
    await browser()
  ).newContext({ viewport: { width, height }, colorScheme: scheme });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(patience(30_000));
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${server.url}#${at}`);
    await page.waitForSelector('.row .code');
    await use({ page, server, complaints, requests });
  } finally {
    await context.close();
    await server.close();
  }
}

/**
 * Waits until what a script finds in the page is what is wanted. Asked from outside: the page's policy
 * lets nothing be evaluated inside.
 */
export async function eventually(page: Page, script: string, wanted: unknown): Promise<void> {
  const end = Date.now() + patience(20_000);
  let found: unknown;
  do {
    found = await page.evaluate(script);
    if (found === wanted) return;
    await page.waitForTimeout(30);
  } while (Date.now() < end);
  throw new Error(`${script} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}
