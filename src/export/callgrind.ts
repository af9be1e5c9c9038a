/**
 * Callgrind's profile format (valgrind.org, "Callgrind Format Specification"): for each function the
 * steps at each of its source lines, or instructions where the trace knows no lines, and for each place
 * of a call how often it called whom and the steps spent there. One cost, called Ir as Valgrind's count of instructions, so that its tools know it.
 */
import { hex } from '../base/number-text.js';
import { toolVersion } from '../base/package-root.js';
import { callEdges } from '../query/calls.js';
import type { Trace } from '../query/trace.js';
import type { Call } from '../trace/read/derived-reader.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { FunctionNames, guestName } from './function-name.js';
import { hasSourceLines } from './source-coverage.js';

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
  readonly name: string;
  readonly address: bigint;
  /** Steps by `instruction.id`. */
  readonly own: Map<number, number>;
  readonly calls: Map<string, CallsFrom>;
}

function* chunks(source: ExportSource): Generator<Chunk> {
  const { trace, from, to } = source;
  const costs = new Profile(source).collect();
  const places = hasSourceLines(trace) ? linesOf(trace) : INSTRUCTIONS;
  yield `# callgrind format\nversion: 1\ncreator: kvmtrace ${toolVersion}\ncmd: ${guestName(trace)}\npart: 1\n`;
  yield `desc: Range: steps ${from} to ${to}\npositions: ${places.unit}\nevents: Ir\n`;
  yield `summary: ${to - from}\n\nob=(1) ${guestName(trace)}\n`;
  const functions = new Names();
  const files = new Names();
  for (const cost of costs) {
    const own = places.of(cost.address);
    yield `\nfl=${files.of(own.file)}\nfn=${functions.of(cost.name)}\n`;
    let { file } = own;
    // Of inlined code the lines are those of another file.
    const moveTo = (next: string): string => {
      if (next === file) return '';
      file = next;
      return `${next === own.file ? 'fe' : 'fi'}=${files.of(next)}\n`;
    };
    for (const { place, steps } of stepsByPlace(trace, cost, places)) {
      yield `${moveTo(place.file)}${place.position} ${steps}\n`;
    }
    for (const { site, callee, count, steps } of cost.calls.values()) {
      const at = places.of(site);
      const target = places.of(callee.address);
      yield `${moveTo(at.file)}cfi=${files.of(target.file)}\ncfn=${functions.of(callee.name)}\n`;
      yield `calls=${count} ${target.position}\n${at.position} ${steps}\n`;
    }
  }
  yield `\ntotals: ${to - from}\n`;
}

/** Where code is, as the file says it. */
interface Place {
  readonly file: string;
  /** An address, or the number of a line. */
  readonly position: string;
}

interface Places {
  readonly unit: 'instr' | 'line';
  of(address: bigint): Place;
}

/** What the format calls a file that is not known. */
const UNKNOWN_FILE = '???';

const INSTRUCTIONS: Places = {
  unit: 'instr',
  of: (address) => ({ file: UNKNOWN_FILE, position: hex(address) }),
};

/** Source lines; 0 for code that has none. */
function linesOf(trace: Trace): Places {
  return {
    unit: 'line',
    of: (address) => {
      const source = trace.sourceAt(address);
      return { file: source?.file ?? UNKNOWN_FILE, position: String(source?.line ?? 0) };
    },
  };
}

/** A function's own steps, those of one line together, and lines of one file. */
function stepsByPlace(
  trace: Trace,
  { own }: FunctionCost,
  places: Places,
): { readonly place: Place; readonly steps: number }[] {
  const found = new Map<string, { readonly place: Place; steps: number }>();
  for (const [instruction, steps] of own) {
    const place = places.of(trace.instruction(instruction).address);
    const key = `${place.position} ${place.file}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { place, steps });
    else known.steps += steps;
  }
  const order = [...new Set([...found.values()].map(({ place }) => place.file))];
  return [...found.values()].sort(
    (a, b) => order.indexOf(a.place.file) - order.indexOf(b.place.file),
  );
}

/** Names are told where their numbers come first. */
class Names {
  readonly #ids = new Map<string, number>();

  of(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return `(${known})`;
    this.#ids.set(name, this.#ids.size + 1);
    return `(${this.#ids.size}) ${name}`;
  }
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
      const key = `${site} ${cost.name}`;
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
      cost = { name, address, own: new Map(), calls: new Map() };
      this.#costs.set(name, cost);
    }
    return cost;
  }
}
