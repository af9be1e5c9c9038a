/** Puts together the differences that go back to one cause. */
import { pathTo, type Hop, type Root } from '../dataflow/differing.js';
import type { StepOutcome } from './lockstep.js';
import type { Meeting } from './resync.js';
import type { Branch, Difference, DivergenceGroup, HiddenOutput } from './result.js';

interface Growing {
  readonly root: Root;
  first: DivergenceGroup['first'];
  branch: Branch | undefined;
  steps: number;
  branches: number;
}

/** Ports and addresses of hidden output that are counted. */
const MAX_HIDDEN = 1024;

export class Groups {
  readonly #groups = new Map<Root, Growing>();
  readonly #hidden = new Map<string, HiddenOutput>();

  get size(): number {
    return this.#groups.size;
  }

  /** The first group, if there is one. */
  get first(): DivergenceGroup | undefined {
    return this.list()[0];
  }

  /** A step that differs for a reason that no rule hides, or that decides a branch. */
  add(outcome: StepOutcome, at: Meeting, control?: Difference): void {
    const { hop, differences } = outcome;
    if (hop.root.ignored) this.#hide(differences);
    const reported = hop.root.ignored ? [] : differences;
    const all = control === undefined ? reported : [...reported, control];
    if (all.length === 0) return;
    let group = this.#groups.get(hop.root);
    if (group === undefined) {
      const first = { stepA: at.stepA, stepB: at.stepB, differences: all };
      group = { root: hop.root, first, branch: undefined, steps: 0, branches: 0 };
      this.#groups.set(hop.root, group);
    }
    group.steps++;
  }

  /** The places whose output differs for ignored reasons, those with the most first. */
  hidden(): HiddenOutput[] {
    return [...this.#hidden.values()].sort((x, y) => y.count - x.count);
  }

  #hide(differences: readonly Difference[]): void {
    for (const each of differences) {
      if (each.kind !== 'port' && each.kind !== 'mmio') continue;
      const { kind, address, direction } = each;
      if (direction === 'in' || direction === 'read') continue;
      const key = `${kind} ${address}`;
      const known = this.#hidden.get(key);
      if (known === undefined && this.#hidden.size >= MAX_HIDDEN) continue;
      this.#hidden.set(key, { kind, address, count: (known?.count ?? 0) + 1 });
    }
  }

  /** A branch that goes other ways because of `hop`. */
  addBranch(hop: Hop, branch: Omit<Branch, 'path'>): void {
    const group = this.#groups.get(hop.root);
    if (group === undefined) return;
    group.branches++;
    const path = pathTo(hop).map(({ stepA, stepB }) => ({ stepA, stepB }));
    group.branch ??= { ...branch, path };
  }

  list(): DivergenceGroup[] {
    return [...this.#groups.values()].map(({ root, first, branch, steps, branches }) => ({
      ...{ cause: root.cause, first, branch, steps, branches },
    }));
  }
}
