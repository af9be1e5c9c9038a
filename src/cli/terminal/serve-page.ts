/** Serves the page until Ctrl-C. */
import { abortOnSignals } from './signals.js';

/** What to serve, where, and what to show first. */
export interface PageOptions {
  /** Path of the trace. */
  readonly path: string;
  /** Path of another one, to be compared with it. */
  readonly other?: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The state to show first. */
  readonly at: number;
  /** Open the browser, too. */
  readonly open: boolean;
}

/** @throws KvmtraceError as WebServer.open does */
export async function servePage(options: PageOptions): Promise<void> {
  const [{ WebServer }, { openBrowser }] = await Promise.all([
    import('../../web/server.js'),
    import('../../web/open-browser.js'),
  ]);
  const { path, other, host, port, at, open } = options;
  const watch = abortOnSignals();
  const server = await WebServer.open({ path, other, host, port });
  try {
    const url = at === 0 ? server.url : `${server.url}#at=${at}`;
    process.stderr.write(`kvmtrace: the page is at ${url} until Ctrl-C\n`);
    if (open && !(await openBrowser(url))) {
      process.stderr.write('kvmtrace: there is no xdg-open here: open the URL yourself.\n');
    }
    await new Promise((resolve) => {
      if (watch.signal.aborted) resolve(undefined);
      else watch.signal.addEventListener('abort', resolve, { once: true });
    });
  } finally {
    watch.stop();
    await server.close();
  }
}
