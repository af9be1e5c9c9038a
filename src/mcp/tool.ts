/** A tool of the server: a question to a trace, with the arguments that a model gives. */
import * as z from 'zod';
import type { Trace } from '../query/trace.js';
import { parseStepPosition } from '../query/places/place.js';
import type { Answer } from './answer.js';

/** Arguments by name, as zod describes them. */
export type Arguments = Readonly<Record<string, z.ZodType>>;

/** A tool with arguments of its own. */
export interface Tool<A extends Arguments> {
  /** In snake_case. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** When to use it, what comes back, and how to get more. */
  readonly description: string;
  readonly input: A;
  /** @throws KvmtraceError for what the trace does not have: its message is the answer */
  run(args: z.infer<z.ZodObject<A>>, trace: Trace): Answer | Promise<Answer>;
}

/** The tool as it is: so that `run` has the types of its `input`. */
export function defineTool<A extends Arguments>(tool: Tool<A>): Tool<A> {
  return tool;
}

/** Where in time: taken by every tool that asks about a step or state. */
export const position = z
  .union([z.number().int(), z.string()])
  .describe(
    'A step: a number; negative from the end (-1: the last); or PLACE[:N], the Nth execution of a symbol or address, e.g. "main", "parse:3", "0x1000:1".',
  );

/** The number of a position; states go one further than steps. */
export function stateAt(at: number | string, name: string, trace: Trace): number {
  return parseStepPosition(String(at), name, trace.stepCount + 1, trace);
}

/** The number of a step. */
export function stepAt(at: number | string, name: string, trace: Trace): number {
  return parseStepPosition(String(at), name, trace.stepCount, trace);
}

/** A count with a bound and a default. */
export function count(most: number, usual: number, what: string): z.ZodDefault<z.ZodNumber> {
  return z
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .describe(`${what}: 1 to ${most}, default ${usual}.`);
}
