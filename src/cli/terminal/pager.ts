/** Long output on a terminal goes through the user's pager, as that of git does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const DEFAULT_PAGER = 'less';
/** Of less: not for what fits on the screen, colours as they are, and what was shown stays. */
const LESS = 'FRX';

type Environment = Readonly<Record<string, string | undefined>>;

/** The command line of the pager; undefined where none is wanted or none is there. */
export function pagerCommand(env: Environment): string | undefined {
  const command = (env['PAGER'] ?? DEFAULT_PAGER).trim();
  const [program = ''] = command.split(/\s+/);
  if (program === '' || program === 'cat') return undefined;
  return isProgram(program, env['PATH'] ?? '') ? command : undefined;
}

/** Starts it, reading from a pipe: `stdin` of what is returned. */
export function startPager(command: string, env: Environment): ChildProcess {
  const pager = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS, ...env },
  });
  // Ctrl-C is the pager's: without a listener it would end this process, and leave the pager the terminal.
  process.on('SIGINT', () => undefined);
  return pager;
}

/** An executable file, by its path or found in PATH. What the shell would make of it is its own. */
function isProgram(program: string, path: string): boolean {
  const places = isAbsolute(program) || program.includes('/') ? [''] : path.split(delimiter);
  return places.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
