/** The rows of `call` as tests look at them, and what must hold of them whatever the guest. */
import type { ExecutionContext } from 'ava';
import type { Trace } from '../../src/query/trace.js';

export interface CallRow {
  readonly id: number;
  readonly parent: CallRow | undefined;
  readonly kind: string;
  /** Name of the function; its address where there is no symbol. */
  readonly name: string;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly depth: number;
  readonly ownSteps: number;
  readonly ended: string;
}

export function nameAt(trace: Trace, address: bigint): string {
  const symbol = trace.symbolAt(address)?.symbol;
  return symbol?.kind === 'function' ? symbol.name : `0x${address.toString(16)}`;
}

export function readCalls(trace: Trace): CallRow[] {
  trace.callStack(0);
  const { rows } = trace.query(
    'SELECT id, parent, kind, address, first_step, last_step, depth, own_steps, ended FROM call ORDER BY id',
  );
  const calls: CallRow[] = [];
  for (const [id, parent, kind, address, first, last, depth, own, ended] of rows) {
    calls.push({
      id: Number(id),
      parent: parent === null ? undefined : calls[Number(parent)],
      kind: String(kind),
      name: nameAt(trace, BigInt.asUintN(64, address as bigint)),
      firstStep: Number(first),
      lastStep: Number(last),
      depth: Number(depth),
      ownSteps: Number(own),
      ended: String(ended),
    });
  }
  return calls;
}

/** From the outermost: `main > f (fault) > g`. */
export function chainOf(call: CallRow): string {
  const names: string[] = [];
  for (let each: CallRow | undefined = call; each !== undefined; each = each.parent) {
    const plain = each.kind === 'call' || each.kind === 'start';
    names.push(plain ? each.name : `${each.name} (${each.kind})`);
  }
  return names.reverse().join(' > ');
}

/** The distinct chains of the calls of a function, with how many there are of each. */
export function chainsOf(calls: readonly CallRow[], name: string): Record<string, number> {
  const chains: Record<string, number> = {};
  for (const call of calls) {
    if (call.name === name) chains[chainOf(call)] = (chains[chainOf(call)] ?? 0) + 1;
  }
  return chains;
}

function add<K>(sums: Map<K, number>, key: K, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** What holds of the calls of every trace. */
export function checkCalls(t: ExecutionContext, trace: Trace): CallRow[] {
  const calls = readCalls(trace);
  const within = new Map<CallRow, number>();
  const last = new Map<CallRow, number>();
  for (const call of calls) {
    const { parent, firstStep, lastStep, depth } = call;
    if (firstStep > lastStep + 1 || call.ownSteps < 0) t.fail(`call ${call.id} runs backwards`);
    if (parent === undefined) {
      t.is(depth, 0);
      continue;
    }
    const inside = firstStep >= parent.firstStep && lastStep <= parent.lastStep;
    if (!inside || depth !== parent.depth + 1) t.fail(`call ${call.id} is not in its parent`);
    if (firstStep <= (last.get(parent) ?? -1)) t.fail(`call ${call.id} overlaps the one before`);
    last.set(parent, lastStep);
    add(within, parent, lastStep - firstStep + 1);
  }
  for (const call of calls) {
    const total = call.lastStep - call.firstStep + 1;
    if (call.ownSteps + (within.get(call) ?? 0) !== total)
      t.fail(`call ${call.id} does not add up`);
  }
  t.is(
    calls.reduce((sum, { ownSteps }) => sum + ownSteps, 0),
    trace.stepCount,
  );
  checkFunctions(t, trace, calls);
  return calls;
}

/** Where symbols say whose code it is, each function has the steps of its code and no others. */
function checkFunctions(t: ExecutionContext, trace: Trace, calls: readonly CallRow[]): void {
  const own = new Map<string, number>();
  for (const { name, ownSteps } of calls) add(own, name, ownSteps);
  const hot = new Map<string, number>();
  for (const { address, ownSteps } of trace.hotFunctions()) {
    add(hot, nameAt(trace, address), ownSteps);
  }
  t.deepEqual(hot, new Map([...own].sort((a, b) => order(hot, a) - order(hot, b))));
  const { rows } = trace.query(
    'SELECT i.address, count(*) FROM step s JOIN instruction i ON i.id = s.instruction GROUP BY i.id',
  );
  const executed = new Map<string, number>();
  let named = true;
  for (const [address, count] of rows) {
    const name = nameAt(trace, BigInt.asUintN(64, address as bigint));
    if (name.startsWith('0x')) named = false;
    add(executed, name, Number(count));
  }
  if (!named) return;
  for (const [name, steps] of executed) t.is(own.get(name), steps, name);
}

function order(hot: Map<string, number>, [name]: readonly [string, number]): number {
  return [...hot.keys()].indexOf(name);
}
