/** Who is let in: nobody without the token, and no other page with it. */
import test from 'ava';
import { checkRequest, pageUrl } from '../../src/web/gate.js';

const PLACE = { host: '127.0.0.1', port: 4000, token: 'secret-token' };
const HOST = '127.0.0.1:4000';

function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const verdict = checkRequest({ method, url, headers: { host: HOST, ...headers } }, PLACE);
  return 'path' in verdict ? verdict.path : verdict.status;
}

test('the URL has the token, and leads to the page', (t) => {
  t.is(pageUrl(PLACE), 'http://127.0.0.1:4000/secret-token/');
  t.is(pageUrl({ ...PLACE, host: '::1' }), 'http://[::1]:4000/secret-token/');
  t.is(ask('/secret-token/'), '');
  t.is(ask('/secret-token/api/a/steps', {}, 'POST'), 'api/a/steps');
  t.is(ask('/secret-token/page.js?x#y'), 'page.js');
});

test('without the token nothing is there', (t) => {
  for (const url of [
    '/',
    '',
    '/wrong-token0/',
    '/secret-toke/',
    '/secret-token',
    '//',
    '/?secret-token/',
  ]) {
    t.is(ask(url), 404, url);
  }
});

test('a name that was made to resolve to loopback is refused', (t) => {
  for (const host of ['evil.example:4000', '127.0.0.1', '127.0.0.1:4001', '']) {
    t.is(ask('/secret-token/', { host }), 403, host);
  }
  t.is(ask('/secret-token/', { host: 'localhost:4000' }), '');
});

test('requests of other pages are refused', (t) => {
  for (const origin of [
    'https://evil.example',
    'null',
    'http://127.0.0.1:4001',
    'https://127.0.0.1:4000',
  ]) {
    t.is(ask('/secret-token/api/a/steps', { origin }, 'POST'), 403, origin);
  }
  t.is(ask('/secret-token/', { 'sec-fetch-site': 'cross-site' }), 403);
  t.is(ask('/secret-token/', { 'sec-fetch-site': 'same-site' }), 403);
  t.is(ask('/secret-token/', { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }), '');
});

test('nothing but GET and POST', (t) => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    t.is(ask('/secret-token/', {}, method), 405, method);
  }
});
