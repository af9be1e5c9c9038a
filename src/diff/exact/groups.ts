/** Puts together the differences that go back to one cause. */
import type { RootCause } from '../dataflow/cause.js';
import { pathTo, type TaintEdge, type StepOfBoth } from '../dataflow/taint-edges.js';
import type { StepOutcome } from './lockstep.js';
import type { Branch, Difference, DivergenceGroup, HiddenOutput } from './result.js';

/** Ports and addresses of hidden output that are counted. */
const MAX_HIDDEN = 1024;

interface Growing {
  readonly root: RootCause;
  first: DivergenceGroup['first'];
  branch: Branch | undefined;
  steps: number;
  branches: number;
}

/** The divergences of a comparison, one for each root cause. */
export class Groups {
  readonly #groups = new Map<RootCause, Growing>();
  readonly #hidden = new Map<string, HiddenOutput>();

  get size(): number {
    return this.#groups.size;
  }

  /** A step that differs. It counts for a reason that no rule hides, or if it decides a branch. */
  add(outcome: StepOutcome, at: StepOfBoth, control?: Difference): void {
    const { root } = outcome.edge;
    if (root.ignored) this.#hide(outcome.exchanged);
    if (control === undefined && (root.ignored || !outcome.shows)) return;
    const group = this.#groups.get(root);
    if (group !== undefined) {
      group.steps++;
      return;
    }
    const differences = [
      ...(root.ignored ? [] : outcome.differences()),
      ...(control === undefined ? [] : [control]),
    ];
    this.begin(root, at, differences);
  }

  /** The first difference of a cause. */
  begin(root: RootCause, { stepA, stepB }: StepOfBoth, differences: readonly Difference[]): void {
    const first = { stepA, stepB, differences };
    this.#groups.set(root, { root, first, branch: undefined, steps: 1, branches: 0 });
  }

  /** A branch that goes other ways because of `edge`. */
  addBranch(edge: TaintEdge, branch: Omit<Branch, 'path'>): void {
    const group = this.#groups.get(edge.root);
    if (group === undefined) return;
    group.branches++;
    group.branch ??= { ...branch, path: pathTo(edge) };
  }

  /** The places whose output differs for ignored reasons, those with the most first. */
  hidden(): HiddenOutput[] {
    return [...this.#hidden.values()].sort((x, y) => y.count - x.count);
  }

  list(): DivergenceGroup[] {
    return [...this.#groups.values()].map(({ root, first, branch, steps, branches }) => ({
      ...{ cause: root.cause, first, branch, steps, branches },
    }));
  }

  #hide(exchanged: readonly Difference[]): void {
    for (const each of exchanged) {
      if (each.kind !== 'port' && each.kind !== 'mmio') continue;
      const { kind, address, direction } = each;
      if (direction === 'in' || direction === 'read') continue;
      const key = `${kind} ${address}`;
      const known = this.#hidden.get(key);
      if (known === undefined && this.#hidden.size >= MAX_HIDDEN) continue;
      this.#hidden.set(key, { kind, address, count: (known?.count ?? 0) + 1 });
    }
  }
}
