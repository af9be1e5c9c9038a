/**
 * The server of `kvmtrace ui`: the page, and JSON answers to its questions, on loopback. Whoever knows
 * the URL may ask; nothing is written, and no request goes out.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { machineError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { Trace } from '../query/trace.js';
import { readAssets, type Asset } from './assets.js';
import { checkRequest, pageUrl, type Place } from './gate.js';
import { Lane } from './lane.js';
import { LANES, type Lane as LaneName } from './question.js';
import { QUESTIONS } from './questions/index.js';

/** What to serve, and where. */
export interface WebServerOptions {
  /** Path of the trace. */
  readonly path: string;
  /** Path of another one, to be compared with it. */
  readonly other?: string | undefined;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Of a question; SQL is the longest. */
const MOST_BODY = 64 * 1024;
const TOKEN_BYTES = 16;

/**
 * Nothing but the page's own files, no inline script or style, in no other page's frame. The page asks
 * for nothing else; the browser sees to it that a flaw in it could not either.
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/** A page on a trace, being served. Begin with `open`; `close` ends it. */
export class WebServer {
  readonly #server: Server;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #lanes: ReadonlyMap<LaneName, Lane>;
  #place: Place;

  private constructor(options: WebServerOptions, assets: ReadonlyMap<string, Asset>) {
    const { path, other, host, port } = options;
    this.#assets = assets;
    const data = { a: path, b: other };
    this.#lanes = new Map(LANES.map((lane) => [lane, new Lane(data, lane === 'sql')]));
    this.#place = { host, port, token: randomBytes(TOKEN_BYTES).toString('base64url') };
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  /**
   * @throws KvmtraceError (exit code 2) for what is no trace, (3) where the address cannot be listened on
   */
  static async open(options: WebServerOptions): Promise<WebServer> {
    for (const path of [options.path, options.other]) {
      if (path !== undefined) Trace.open(path).close();
    }
    const server = new WebServer(options, readAssets());
    await server.#listen();
    for (const lane of ['now', 'deep'] as const) server.#lanes.get(lane)!.start();
    return server;
  }

  /** Where the page is: with the token that lets one in. */
  get url(): string {
    return pageUrl(this.#place);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #listen(): Promise<void> {
    const { host, port } = this.#place;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code ?? error.message;
        reject(
          machineError(
            `${host}:${port} cannot be listened at (${why}): choose another with --listen.`,
          ),
        );
      });
      this.#server.listen(port, host, () => {
        this.#place = { ...this.#place, port: (this.#server.address() as AddressInfo).port };
        resolve();
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const verdict = checkRequest(request, this.#place);
    if ('status' in verdict) {
      send(response, verdict.status, 'text/plain; charset=utf-8', `${verdict.reason}\n`);
      return;
    }
    const { path } = verdict;
    const [, side, name] = /^api\/([ab])\/([\w-]+)$/.exec(path) ?? [];
    if (side !== undefined && name !== undefined) {
      await this.#ask(request, response, side === 'a' ? 'a' : 'b', name);
      return;
    }
    const asset = this.#assets.get(path === '' ? 'index.html' : path);
    if (asset === undefined) problem(response, 404, `there is no ${path}.`);
    else if (request.method !== 'GET') problem(response, 405, 'files are asked for by GET.');
    else send(response, 200, asset.type, asset.body);
  }

  async #ask(
    request: IncomingMessage,
    response: ServerResponse,
    side: 'a' | 'b',
    name: string,
  ): Promise<void> {
    const question = QUESTIONS.get(name);
    if (question === undefined) {
      problem(response, 404, `there is no question ${name}.`);
      return;
    }
    // No form of another page can send this type without asking first (CORS).
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') {
      problem(response, 405, 'questions are asked by POST, with a body of application/json.');
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
    });
    let args: unknown;
    try {
      args = JSON.parse(await bodyOf(request));
    } catch {
      problem(response, 400, `the body is no JSON of at most ${MOST_BODY} bytes.`);
      return;
    }
    const answer = await this.#lanes.get(question.lane)!.ask({ name, side, args }, gone.signal);
    if ('json' in answer) send(response, 200, 'application/json; charset=utf-8', answer.json);
    else problem(response, answer.status, answer.problem);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MOST_BODY) throw new Error('too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function problem(response: ServerResponse, status: number, text: string): void {
  const body = JSON.stringify({ problem: printable(text) });
  send(response, status, 'application/json; charset=utf-8', body);
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
