/** Processes named so that another can tell later whether they still run. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Field 22 of /proc/PID/stat, counted from behind the command's closing parenthesis (proc(5)). */
const START_TIME = 19;

/** `PID START NAMESPACE`: numbers of processes come again, and mean something in their namespace. */
export function ownIdentity(): string {
  return `${process.pid} ${startTime(process.pid) ?? ''} ${processNamespace()}`;
}

/** The number of the process that called itself so, if it still runs where this one can see it. */
export function runningProcess(identity: string): number | undefined {
  const [pid = '', start, namespace] = identity.split(' ');
  if (!/^\d+$/.test(pid) || namespace !== processNamespace()) return undefined;
  const number = Number(pid);
  return startTime(number) === start ? number : undefined;
}

/** The number of the namespace that process ids are of: containers have one each. */
export function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0'; // No Linux, and so no namespaces.
  }
}

/** Whether a process of this number runs, in this namespace. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME];
  } catch {
    return undefined;
  }
}
