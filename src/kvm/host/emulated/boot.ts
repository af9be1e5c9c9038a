/** How a machine comes to serve: by a saved state where there is one, else by booting. */
import { accessSync, constants, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { KvmtraceError } from '../../../base/errors.js';
import { EmulatedMachine, type MachineSettings } from './machine.js';
import type { Parts } from './parts.js';
import { SavedState } from './saved-state.js';
import { removeOldStates, statePath } from './state-path.js';
import type { Waiting } from './waiting.js';

/**
 * A machine that serves. The first to boot saves its state in the cache directory, for those that
 * follow, and is continued from it like them: so a state that QEMU cannot continue is found out here.
 *
 * @throws KvmtraceError (3) naming what failed
 */
export function* startedMachine(settings: MachineSettings, parts: Parts): Waiting<EmulatedMachine> {
  const path = isOff() ? undefined : usablePath(settings, parts);
  if (path === undefined) return yield* EmulatedMachine.boot(settings, parts);
  const found = SavedState.read(path);
  if (found !== undefined) {
    const machine = yield* continued(settings, parts, found);
    if (machine !== undefined) return machine;
    // The next one saves another.
    rmSync(path, { force: true });
    return yield* EmulatedMachine.boot(settings, parts);
  }
  const booted = yield* EmulatedMachine.boot(settings, parts, { hasMonitor: true });
  const isSaved = yield* saved(booted, path);
  if (!isSaved && !booted.isGone) return booted;
  booted[Symbol.dispose]();
  const state = SavedState.read(path);
  const machine = state && (yield* continued(settings, parts, state));
  if (machine !== undefined) return machine;
  noteUnusable(path);
  return yield* EmulatedMachine.boot(settings, parts);
}

/** KVMTRACE_SAVED_STATE=0: every machine boots. */
function isOff(): boolean {
  return process.env['KVMTRACE_SAVED_STATE'] === '0';
}

/** Undefined where states cannot be kept, or QEMU has been seen not to continue them. */
function usablePath(settings: MachineSettings, parts: Parts): string | undefined {
  const path = statePath(parts, EmulatedMachine.dependencies(settings));
  if (path === undefined) return undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
    return statSync(path, { throwIfNoEntry: false })?.size === 0 ? undefined : path;
  } catch {
    return undefined;
  }
}

function noteUnusable(path: string): void {
  try {
    writeFileSync(path, '');
  } catch {
    // It is found out again.
  }
}

/** False where the state could not be saved, which is no reason not to go on. */
function* saved(machine: EmulatedMachine, path: string): Waiting<boolean> {
  try {
    yield* machine.save(path);
    removeOldStates(path);
    return true;
  } catch (error) {
    if (isOurs(error)) return false;
    machine[Symbol.dispose]();
    throw error;
  }
}

/** Undefined where QEMU does not. */
function* continued(
  settings: MachineSettings,
  parts: Parts,
  state: SavedState,
): Waiting<EmulatedMachine | undefined> {
  try {
    return yield* EmulatedMachine.continue(settings, parts, state);
  } catch (error) {
    if (isOurs(error)) return undefined;
    throw error;
  }
}

/** Of QEMU or of the file system; not that of who wants to wait no longer, nor a bug. */
function isOurs(error: unknown): boolean {
  return error instanceof KvmtraceError || (error instanceof Error && 'syscall' in error);
}
