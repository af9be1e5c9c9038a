/** Programs that use the emulated host, in processes of their own, and what they leave behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../src/base/package-root.js';

export const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const CHOOSE = new URL('dist/src/kvm/host/choose.js', packageRoot).href;

const MARK = 'KVMTRACE_TEST_PROCESS';
let marks = 0;

/** A program and the processes that it started: they have a mark in their environment. */
export class Program {
  readonly process: ChildProcess;
  readonly #mark = `${process.pid}-${++marks}`;
  #stdout = '';
  #stderr = '';
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(command, args, {
      env: { ...process.env, ...env, [MARK]: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout!.on('data', (data: Buffer) => (this.#stdout += data.toString()));
    this.process.stderr!.on('data', (data: Buffer) => (this.#stderr += data.toString()));
    this.ended = new Promise((resolve) => {
      // QEMU may hold the pipes: what counts is that the program itself has ended.
      this.process.once('exit', (code, signal) => {
        resolve(code ?? signal!);
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The processes that it started and that still run; itself, too, where it does. */
  running(): { pid: number; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const environment = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
          if (!environment.includes(`${MARK}=${this.#mark}`)) return [];
          const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
          return [{ pid: Number(name), command }];
        } catch {
          return [];
        }
      });
  }

  /** Its QEMU, once there is one. */
  async qemu(): Promise<number> {
    for (;;) {
      const found = this.running().find(({ command }) => command.startsWith('qemu-system'));
      if (found !== undefined) return found.pid;
      await delay(20);
    }
  }

  /** Waits until nothing of it runs; returns what still does after `ms`. */
  async leftAfter(ms: number): Promise<string[]> {
    const end = performance.now() + ms;
    for (;;) {
      const left = this.running();
      if (left.length === 0 || performance.now() > end) return left.map(({ command }) => command);
      await delay(20);
    }
  }
}

/** Node with a script that has `host`, a started emulated host, and says "ready" first. */
export function scripted(script: string, env: NodeJS.ProcessEnv = {}): Program {
  const source = `
    const { chooseHost } = await import(${JSON.stringify(CHOOSE)});
    const host = chooseHost({ host: 'emulated' });
    console.log('ready');
    ${script}
  `;
  return new Program(process.execPath, ['--input-type=module', '-e', source], env);
}

/** Waits until a program has said something. */
export async function said(program: Program, text: string): Promise<void> {
  while (!program.stdout.includes(text)) {
    if (program.process.exitCode !== null) throw new Error(`it has ended: ${program.stderr}`);
    await delay(10);
  }
}
