/** `--listen`: `:1234`, `1234` or `HOST:1234`. */
import { inputError } from '../../base/errors.js';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Nobody but this machine, unless told. */
const LOOPBACK = '127.0.0.1';

/** @throws KvmtraceError (exit code 2) for what is no address */
export function parseListenAddress(text: string): ListenAddress {
  const { v6, host, port } =
    /^(?:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):)?(?<port>\d+)$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 0xffff) {
    throw inputError(
      `--listen ${text}: give a port, or an address of this machine with one, as in :1234 or 0.0.0.0:1234.`,
    );
  }
  const name = v6 ?? host ?? '';
  return { host: name === '' || name === 'localhost' ? LOOPBACK : name, port: Number(port) };
}
