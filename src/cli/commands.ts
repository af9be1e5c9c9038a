/** Which commands there are. Each is loaded when it is needed: a start that loads all takes three times as long. */
import type { Command } from './command.js';

type Load = () => Promise<unknown>;

/** In the order in which `--help` lists them. */
const LOADERS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['record', async () => (await import('./commands/record.js')).record],
  ['info', async () => (await import('./commands/info.js')).info],
  ['steps', async () => (await import('./commands/steps.js')).steps],
  ['state', async () => (await import('./commands/state.js')).state],
  ['screen', async () => (await import('./commands/screen.js')).screen],
  ['why', async () => (await import('./commands/why.js')).why],
  ['calls', async () => (await import('./commands/calls.js')).calls],
  ['hot', async () => (await import('./commands/hot.js')).hot],
  ['query', async () => (await import('./commands/query.js')).query],
  ['ui', async () => (await import('./commands/ui.js')).ui],
  ['gdb', async () => (await import('./commands/gdb.js')).gdb],
  ['dap', async () => (await import('./commands/dap.js')).dap],
  ['index', async () => (await import('./commands/index.js')).index],
  ['replay', async () => (await import('./commands/replay.js')).replay],
  ['expand', async () => (await import('./commands/expand.js')).expand],
  ['merge', async () => (await import('./commands/merge.js')).merge],
  ['diff', async () => (await import('./commands/diff.js')).diff],
  ['compare', async () => (await import('./commands/compare.js')).compare],
  ['check', async () => (await import('./commands/check.js')).check],
  ['pack', async () => (await import('./commands/pack.js')).pack],
  ['export', async () => (await import('./commands/export.js')).exportCommand],
  ['mcp', async () => (await import('./commands/mcp.js')).mcp],
  ['doctor', async () => (await import('./commands/doctor.js')).doctor],
  ['host', async () => (await import('./commands/host.js')).host],
  ['completion', async () => (await import('./commands/completion.js')).completion],
]);

/** Names of the commands, in the order in which `--help` lists them. */
export const COMMAND_NAMES: readonly string[] = [...LOADERS.keys()];

/** Loads the command of a name of COMMAND_NAMES. */
export async function loadCommand(name: string): Promise<Command<unknown>> {
  return (await LOADERS.get(name)!()) as Command<unknown>;
}

/** Loads all commands, in the order in which `--help` lists them: for what is about all of them. */
export function loadCommands(): Promise<Command<unknown>[]> {
  return Promise.all(COMMAND_NAMES.map(loadCommand));
}
