/** Debian's packages, asked for and fetched as any user may. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { machineError } from '../../../../base/errors.js';
import { complaintOf, runTool } from './run-tool.js';

/** What apt knows of a package. */
export interface AptPackage {
  readonly name: string;
  readonly depends: string;
  readonly sizeBytes: number;
}

/**
 * Runs apt-get and apt-cache with lists and caches of this user's own, where those of the system will
 * not do.
 */
export class Apt {
  readonly #options: readonly string[];
  readonly #signal: AbortSignal | undefined;

  private constructor(options: readonly string[], signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
  }

  /** With the package lists of the system. */
  static ofSystem(signal?: AbortSignal): Apt {
    return new Apt(['-o', 'APT::Sandbox::User=root'], signal);
  }

  /**
   * With lists of its own below `directory`, which `update` fetches: the system's may be missing, as in
   * most containers, or old, and only root may renew them.
   */
  static withOwnLists(directory: string, signal?: AbortSignal): Apt {
    for (const name of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(directory, name), { recursive: true });
    }
    const settings = {
      'APT::Sandbox::User': 'root',
      'Dir::State': directory,
      'Dir::State::lists': join(directory, 'lists'),
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': join(directory, 'cache'),
      'Acquire::Languages': 'none',
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    return new Apt(options, signal);
  }

  /** Fetches the lists. Undefined, or what apt-get complains of: those that matter may be there. */
  async update(): Promise<string | undefined> {
    const result = await this.#run('apt-get', ['update', '-q']);
    // A list that cannot be fetched may be no more than a warning.
    const isFine = result.code === 0 && !/^W: /m.test(result.stderr);
    return isFine ? undefined : complaintOf('apt-get update', result);
  }

  /** What would be fetched; undefined where the lists have no such package. */
  async show(name: string): Promise<AptPackage | undefined> {
    const { code, stdout } = await this.#run('apt-cache', ['show', '--no-all-versions', name]);
    const field = (key: string): string | undefined =>
      new RegExp(`^${key}: (.*)$`, 'm').exec(stdout)?.[1];
    if (code !== 0 || field('Package') === undefined) return undefined;
    return { name, depends: field('Depends') ?? '', sizeBytes: Number(field('Size') ?? 0) };
  }

  /**
   * Fetches a package into an empty directory. Returns the file's path.
   *
   * @throws KvmtraceError (3) with what apt-get complains of
   */
  async download(name: string, directory: string): Promise<string> {
    const result = await this.#run('apt-get', ['download', '-q', name], directory);
    const file = readdirSync(directory).find((each) => each.endsWith('.deb'));
    if (result.code === 0 && file !== undefined) return join(directory, file);
    throw machineError(
      `the package ${name} cannot be fetched (${complaintOf('apt-get download', result)}): see that this machine reaches its package sources, and try again.`,
    );
  }

  #run(program: string, args: readonly string[], cwd?: string) {
    return runTool(program, [...this.#options, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      signal: this.#signal,
    });
  }
}
