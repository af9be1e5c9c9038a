/**
 * Callgrind's profile format (valgrind.org, "Callgrind Format Specification"): for each function the
 * steps at each of its instructions, and for each place of a call how often it called whom and the steps
 * spent there. One cost, called Ir as Valgrind's count of instructions, so that its tools know it.
 */
import { hex } from '../base/number-text.js';
import { toolVersion } from '../base/package-root.js';
import { callEdges } from '../query/calls.js';
import type { Call } from '../trace/read/derived-reader.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { FunctionNames, guestName } from './function-name.js';

/** For callgrind_annotate and KCachegrind. */
export const callgrind = singleFile(chunks);

/** Calls of one function from one place. */
interface CallsFrom {
  readonly site: bigint;
  readonly callee: FunctionCost;
  count: number;
  steps: number;
}

interface FunctionCost {
  readonly id: number;
  readonly name: string;
  readonly address: bigint;
  /** Steps by `instruction.id`. */
  readonly own: Map<number, number>;
  readonly calls: Map<string, CallsFrom>;
}

function* chunks(source: ExportSource): Generator<Chunk> {
  const { trace, from, to } = source;
  const costs = new Profile(source).collect();
  yield `# callgrind format\nversion: 1\ncreator: kvmtrace ${toolVersion}\ncmd: ${guestName(trace)}\npart: 1\n`;
  yield `desc: Range: steps ${from} to ${to}\npositions: instr\nevents: Ir\n`;
  yield `summary: ${to - from}\n\nob=(1) ${guestName(trace)}\nfl=(1) ???\n`;
  // A name is told where its number comes first.
  const told = new Set<FunctionCost>();
  const named = (cost: FunctionCost): string => {
    if (told.has(cost)) return `(${cost.id})`;
    told.add(cost);
    return `(${cost.id}) ${cost.name}`;
  };
  for (const cost of costs) {
    const { own, calls } = cost;
    yield `\nfn=${named(cost)}\n`;
    for (const [instruction, steps] of own) {
      yield `${hex(trace.instruction(instruction).address)} ${steps}\n`;
    }
    for (const { site, callee, count, steps } of calls.values()) {
      yield `cfn=${named(callee)}\ncalls=${count} ${hex(callee.address)}\n`;
      yield `${hex(site)} ${steps}\n`;
    }
  }
  yield `\ntotals: ${to - from}\n`;
}

/** Follows the calls and the steps of a range side by side. */
class Profile {
  readonly #source: ExportSource;
  readonly #names: FunctionNames;
  readonly #costs = new Map<string, FunctionCost>();
  /** The functions under way, innermost last. */
  readonly #open: FunctionCost[] = [];

  constructor(source: ExportSource) {
    this.#source = source;
    this.#names = new FunctionNames(source.trace);
  }

  collect(): Iterable<FunctionCost> {
    const { trace, from, to, progress } = this.#source;
    const edges = callEdges(trace.calls(from, to), from, to);
    let edge = edges.next();
    let previous = -1;
    for (const { first, count, instruction } of trace.stepBatches(from, to)) {
      for (let i = 0; i < count; i++) {
        for (; edge.done !== true; edge = edges.next()) {
          const { kind, call, start, end } = edge.value;
          if ((kind === 'enter' ? start : end) > first + i) break;
          if (kind === 'enter') this.#enter(call, previous, end - start);
          else this.#open.pop();
        }
        const id = instruction[i]!;
        const { own } = this.#open.at(-1)!;
        own.set(id, (own.get(id) ?? 0) + 1);
        previous = id;
      }
      progress(first + count);
    }
    return this.#costs.values();
  }

  /** @param previous what ran before its first step, or -1: that made the call, or was interrupted */
  #enter(call: Call, previous: number, steps: number): void {
    const cost = this.#costOf(call.address);
    const caller = this.#open.at(-1);
    if (caller !== undefined) {
      const { trace } = this.#source;
      const site =
        previous < 0
          ? (trace.callSite(call) ?? caller.address)
          : trace.instruction(previous).address;
      const key = `${site} ${cost.id}`;
      let from = caller.calls.get(key);
      if (from === undefined) {
        from = { site, callee: cost, count: 0, steps: 0 };
        caller.calls.set(key, from);
      }
      from.count++;
      from.steps += steps;
    }
    this.#open.push(cost);
  }

  /** Functions are told apart by name, as the format does. */
  #costOf(address: bigint): FunctionCost {
    const name = this.#names.of(address);
    let cost = this.#costs.get(name);
    if (cost === undefined) {
      cost = { id: this.#costs.size + 1, name, address, own: new Map(), calls: new Map() };
      this.#costs.set(name, cost);
    }
    return cost;
  }
}
