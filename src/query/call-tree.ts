/** All calls of a trace as a tree in which calls of one function from one place are one node. */
import type { Call } from '../trace/read/derived-reader.js';
import { damaged } from '../trace/read/sqlite-errors.js';
import type { SymbolOffset } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** All calls of one function from one place, and the calls below them. */
export interface CallNode {
  /** Linear address of the function's first instruction. */
  readonly address: bigint;
  readonly symbol: SymbolOffset | undefined;
  readonly kind: Call['kind'];
  /** 0 for what the trace begins in. */
  readonly depth: number;
  readonly calls: number;
  /** Steps in the function itself, and with its callees, of all these calls. */
  readonly ownSteps: number;
  readonly totalSteps: number;
  /** First step of the first of these calls. */
  readonly firstStep: number;
  /** How many of them were left without a return. */
  readonly unwound: number;
  /** By first step; empty at the depth limit. */
  readonly children: readonly CallNode[];
}

type Building = { -readonly [K in keyof CallNode]: CallNode[K] } & {
  children: Building[];
  readonly byKey: Map<string, Building>;
};

/** Rows read at a time. */
const BATCH = 4096;

/** The trees of the calls down to `maxDepth`; mostly one. */
export function callTree(file: TraceFile, maxDepth: number): CallNode[] {
  const roots = new Map<string, Building>();
  /** The node that the newest call of each depth belongs to: calls come parents first. */
  const path: Building[] = [];
  let last = -1;
  for (;;) {
    const batch = file.derived.rows.callsAfter(last, maxDepth, BATCH);
    for (const call of batch) {
      last = call.id;
      const parent = path[call.depth - 1];
      if (call.depth > path.length) {
        throw damaged(file.path, `call ${call.id} is deeper than the one before it allows`);
      }
      const node = nodeOf(file, parent?.byKey ?? roots, call, parent);
      path[call.depth] = node;
      path.length = call.depth + 1;
      node.calls++;
      node.ownSteps += call.ownSteps;
      node.totalSteps += call.totalSteps;
      if (call.ended === 'unwound') node.unwound++;
    }
    if (batch.length < BATCH) return [...roots.values()];
  }
}

function nodeOf(
  file: TraceFile,
  siblings: Map<string, Building>,
  call: Call,
  parent: Building | undefined,
): Building {
  const key = `${call.kind} ${call.address}`;
  let node = siblings.get(key);
  if (node === undefined) {
    node = {
      address: call.address,
      symbol: file.symbols.at(call.address),
      kind: call.kind,
      depth: call.depth,
      calls: 0,
      ownSteps: 0,
      totalSteps: 0,
      firstStep: call.firstStep,
      unwound: 0,
      children: [],
      byKey: new Map(),
    };
    siblings.set(key, node);
    parent?.children.push(node);
  }
  return node;
}
