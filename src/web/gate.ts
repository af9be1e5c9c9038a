/**
 * Which requests are answered: those of the page that was opened with this server's own URL. A page of
 * another site can send requests to loopback, and its name can be made to resolve there (DNS rebinding);
 * it knows neither the token, nor can it choose the headers Host and Origin.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request is checked by. */
export interface Asked {
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Where the server is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** The first part of every path. */
  readonly token: string;
}

/** The path behind the token, or the status of a refusal with its reason. */
export type Verdict =
  { readonly path: string } | { readonly status: 400 | 403 | 404 | 405; readonly reason: string };

/** The URL of the page. */
export function pageUrl({ host, port, token }: Place): string {
  return `http://${hostName(host)}:${port}/${token}/`;
}

/** Whether to answer a request, and what it asks for. */
export function checkRequest({ method, url, headers }: Asked, place: Place): Verdict {
  if (method !== 'GET' && method !== 'POST') {
    return { status: 405, reason: `${method ?? 'this method'} is not answered: GET and POST are.` };
  }
  const names = [hostName(place.host), 'localhost'].map((name) => `${name}:${place.port}`);
  if (!names.includes(headers.host ?? '')) {
    return { status: 403, reason: 'the request is for another host.' };
  }
  const { origin } = headers;
  if (origin !== undefined && !names.some((name) => origin === `http://${name}`)) {
    return { status: 403, reason: 'the request comes from another page.' };
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, reason: 'the request comes from another site.' };
  }
  const [, token = '', path = ''] = /^\/([^/?#]*)\/([^?#]*)/.exec(url ?? '') ?? [];
  if (!isSame(token, place.token)) {
    return { status: 404, reason: 'nothing is here: open the URL that kvmtrace ui printed.' };
  }
  return { path };
}

/** An IPv6 address in brackets, as URLs and the header Host have it. */
function hostName(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
