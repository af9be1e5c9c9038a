/**
 * The page of kvmtrace ui on a trace of 10 million steps with its index, in Debian's chromium without a
 * graphics card: how long until there is a picture, and how long frames take while one zooms and pans
 * from all steps to a few and back. A frame is drawn whole: listing, registers and timeline.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { indexTrace } from '../src/derive/index-trace.js';
import { WebServer } from '../src/web/server.js';
import { median, verdict } from './report.js';
import { tenMillionSteps } from './traces.js';

const CHROMIUM = '/usr/bin/chromium';
const OPENINGS = 5;
/** Turns of the wheel, one a frame: into the middle, out again, and to the side. */
const TURNS = 90;

if (!existsSync(CHROMIUM)) {
  console.log('no chromium: apt-get install chromium; the page is not measured');
  process.exit(0);
}

const path = tenMillionSteps('bench10m.elf', 'a');
indexTrace(path);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** Milliseconds from asking for the page to rows of code and to a timeline. */
async function open(): Promise<{ rows: number; picture: number }> {
  const server = await WebServer.open({ path, host: '127.0.0.1', port: 0 });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const start = performance.now();
  await page.goto(`${server.url}#at=5000000`);
  await page.waitForSelector('.row .code');
  const rows = performance.now() - start;
  await page.waitForSelector('canvas[data-drawn="coarse"], canvas[data-drawn="whole"]');
  const picture = performance.now() - start;
  await page.close();
  await server.close();
  return { rows, picture };
}

// The first one warms up the browser and the disk's cache.
await open();
const openings: { rows: number; picture: number }[] = [];
for (let i = 0; i < OPENINGS; i++) openings.push(await open());
verdict('s: the first rows', median(openings.map(({ rows }) => rows)) / 1000, '≤', 1);
verdict('s: the first timeline', median(openings.map(({ picture }) => picture)) / 1000, '≤', 1);

const server = await WebServer.open({ path, host: '127.0.0.1', port: 0 });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${server.url}#at=5000000`);
await page.waitForSelector('canvas[data-drawn="whole"]', { timeout: 120_000 });

/** Milliseconds of each frame while the wheel turns over the timeline. */
async function framesOf(deltaY: number, shiftKey: boolean): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((resolve) => {
    const canvas = document.querySelector('canvas');
    const box = canvas.getBoundingClientRect();
    const frames = [];
    document.addEventListener('kvmtrace-frame', (event) => frames.push(event.detail));
    let left = ${TURNS};
    const turn = () => {
      if (left-- === 0) return resolve(frames);
      canvas.dispatchEvent(new WheelEvent('wheel', {
        deltaY: ${deltaY}, shiftKey: ${shiftKey}, cancelable: true, bubbles: true,
        clientX: box.left + box.width / 2, clientY: box.top + 60,
      }));
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  })`);
}

const frames: number[] = [];
for (const [delta, shift] of [
  [-60, false],
  [40, true],
  [60, false],
  [-30, false],
  [-40, true],
] as const) {
  // prettier-ignore
  frames.push(...(await framesOf(delta, shift)));
}
const sorted = frames.toSorted((a, b) => a - b);
verdict('ms: a frame while zooming and panning, the median', median(frames), '≤', 16);
verdict('ms: the same, 95 of 100', sorted[Math.floor(sorted.length * 0.95)]!, '≤', 16);
console.log(
  `without a promise: the longest of ${frames.length} frames ${sorted.at(-1)!.toPrecision(3)} ms`,
);
await browser.close();
await server.close();
