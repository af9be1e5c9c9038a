/** docs/agents.md tells of a session as it is: UPDATE_GOLDEN=1 writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { indexTrace } from '../../src/derive/index-trace.js';
import { unpackTrace } from '../../src/trace/pack/unpack.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { temporaryPath } from '../helpers/fixture-trace.js';
import { kvmTest } from '../helpers/kvm.js';
import { pathOf, Session } from './client.js';
import { transcript, TURNS } from './transcript.js';

const DOCUMENT = pathOf('docs/agents.md');
const [BEGIN, END] = [
  '<!-- session: made by test/mcp/transcript.ts -->\n',
  '<!-- end of session -->',
];

test('the session of the document is what the server answers', async (t) => {
  await using session = await Session.start('test/mcp/parcels.trace');
  const found = await transcript(session);
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN) as [string, string];
  const [shown, after] = rest.split(END) as [string, string];
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(DOCUMENT, `${before}${BEGIN}\n${found}\n${END}${after}`);
    t.pass();
  } else {
    t.is(shown.trim(), found.trim(), 'UPDATE_GOLDEN=1 npx ava … renews it');
  }
});

test('each answer has what the next question is made of', async (t) => {
  await using session = await Session.start('test/mcp/parcels.trace');
  const answers: string[] = [];
  for (const { tool, args } of TURNS) answers.push((await session.call(tool, args)).text);
  const [info, why, state, writes, where, steps] = answers as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  t.regex(info, /total 2735 g, expected 4161 g/);
  t.regex(why, /parcels\+0x28\) = 0x4b .*set_label/);
  t.regex(state, /REYKJAVIK/);
  t.regex(writes, /156 .*set_label.*0x5dd→0x54b|156 .*set_label/);
  t.regex(where, /set_label[^]*receive[^]*main/);
  t.regex(steps, /mov \[rdi\+rax\], dl/);
});

kvmTest('a fresh recording of the guest leads to the same function', async (t) => {
  const guest = buildGuest('parcels.c', { folder: 'mcp', flags: ['-O1'] });
  await using session = await Session.start(await recordBuilt(guest));
  const { tree } = await session.ask('why', { at: -1, what: '[total]:4' });
  t.true(
    (tree as string[]).some((line) => /= 0x4b .* set_label/.test(line)),
    String(tree),
  );
});

test('an index changes no answer', async (t) => {
  const path = temporaryPath();
  unpackTrace(pathOf('test/mcp/parcels.trace'), path);
  indexTrace(path);
  await using indexed = await Session.start(path);
  await using plain = await Session.start('test/mcp/parcels.trace');
  for (const { tool, args } of TURNS.slice(1)) {
    t.is((await indexed.call(tool, args)).text, (await plain.call(tool, args)).text);
  }
});
