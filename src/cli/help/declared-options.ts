/** What a command declares to yargs, as data: for its help. */
import type { Argv } from 'yargs';
import type { Command } from '../command.js';

/** The parts of yargs' options that commands use and help shows. */
export interface Declaration {
  readonly name: string;
  readonly type?: 'string' | 'boolean' | undefined;
  readonly alias?: string | undefined;
  readonly describe?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly default?: unknown;
  readonly defaultDescription?: string | undefined;
  readonly demandOption?: boolean | undefined;
  readonly array?: boolean | undefined;
  readonly requiresArg?: boolean | undefined;
  readonly conflicts?: string | readonly string[] | undefined;
  readonly hidden?: boolean | undefined;
}

/** What a command has declared. */
export interface Declared {
  readonly positionals: readonly Declaration[];
  readonly options: readonly Declaration[];
  /** What stands below them. */
  readonly epilogue: string;
  /** Whether there are rules about several of them, or ways to read them, which only yargs knows. */
  readonly hasRules: boolean;
}

type Spec = Omit<Declaration, 'name'>;

/** Stands in for yargs while a command declares its options. What help need not know is passed over. */
class Recorder {
  readonly positionals: Declaration[] = [];
  readonly declared: Declaration[] = [];
  epilogueText = '';
  hasRules = false;

  positional(name: string, spec: Spec): this {
    this.positionals.push({ ...spec, name });
    return this;
  }

  option(name: string | Readonly<Record<string, Spec>>, spec: Spec = {}): this {
    if (typeof name !== 'string') return this.options(name);
    this.declared.push({ ...spec, name });
    return this;
  }

  options(specs: Readonly<Record<string, Spec>>): this {
    for (const [name, spec] of Object.entries(specs)) this.option(name, spec);
    return this;
  }

  epilogue(text: string): this {
    this.epilogueText = text;
    return this;
  }

  conflicts(): this {
    this.hasRules = true;
    return this;
  }

  implies(): this {
    this.hasRules = true;
    return this;
  }

  check(): this {
    this.hasRules = true;
    return this;
  }

  coerce(): this {
    this.hasRules = true;
    return this;
  }
}

/** The arguments and options of a command that help shows, in the order in which it declares them. */
export function declaredOptions(command: Command<unknown>): Declared {
  const all = allDeclared(command);
  const visible = ({ hidden }: Declaration): boolean => hidden !== true;
  return {
    ...all,
    positionals: all.positionals.filter(visible),
    options: all.options.filter(visible),
  };
}

/** The same with those that help does not show. */
export function allDeclared(command: Command<unknown>): Declared {
  const recorder = new Recorder();
  command.options(recorder as unknown as Argv);
  return {
    positionals: recorder.positionals,
    options: recorder.declared,
    epilogue: recorder.epilogueText,
    hasRules: recorder.hasRules,
  };
}
