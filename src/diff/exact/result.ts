/** What an exact comparison found. Steps of `a` and `b` differ only after a resynchronisation. */
import type { Cause } from '../dataflow/cause.js';
import type { Start } from './start.js';

/** Something that the same step did otherwise in the two traces. */
export type Difference =
  | {
      readonly kind: 'register';
      readonly name: string;
      readonly a: bigint | undefined;
      readonly b: bigint | undefined;
    }
  | {
      readonly kind: 'memory';
      readonly gpa: number;
      readonly a: Uint8Array;
      readonly b: Uint8Array;
    }
  | {
      readonly kind: 'port' | 'mmio';
      readonly direction: 'in' | 'out' | 'read' | 'write';
      readonly address: number;
      /** Undefined where that side made no such access. */
      readonly a: Uint8Array | undefined;
      readonly b: Uint8Array | undefined;
    }
  | {
      readonly kind: 'interruption';
      readonly a: string | undefined;
      readonly b: string | undefined;
    }
  | {
      readonly kind: 'input';
      readonly input: string;
      readonly a: bigint | undefined;
      readonly b: bigint | undefined;
    }
  /** Other code at the same address. */
  | { readonly kind: 'code'; readonly address: bigint; readonly a: string; readonly b: string }
  /** A trace ends after the step: why, and whether the other one goes on. */
  | { readonly kind: 'end'; readonly a: string; readonly b: string }
  /** Control goes elsewhere after the step; undefined where the trace ends. */
  | { readonly kind: 'control'; readonly a: bigint | undefined; readonly b: bigint | undefined };

/** A step at which the executions part, in whatever way. */
export interface Divergence {
  /** The step in either trace; for the states that were compared first, the number less one. */
  readonly stepA: number;
  readonly stepB: number;
  readonly differences: readonly Difference[];
}

/** Where the executions take other ways. */
export interface Branch {
  /** The last step that both ran: the one that decides. */
  readonly stepA: number;
  readonly stepB: number;
  /** rip of what ran next; undefined where that trace ends. */
  readonly nextA: bigint | undefined;
  readonly nextB: bigint | undefined;
  /** Steps on the way from the cause to the branch, oldest first. */
  readonly path: readonly { readonly stepA: number; readonly stepB: number }[];
  /** First step of each trace that runs together again; undefined if they never do. */
  readonly resync: { readonly stepA: number; readonly stepB: number } | undefined;
}

/** All differences that go back to one cause. */
export interface DivergenceGroup {
  readonly cause: Cause;
  readonly first: Divergence;
  /** The first branch that it decides; undefined if it decides none as far as was looked. */
  readonly branch: Branch | undefined;
  /** Steps that carried the difference on, and branches that it decided. */
  readonly steps: number;
  readonly branches: number;
}

/** Something that differs before the first step, in words. */
export interface InitialDifference {
  readonly kind: 'register' | 'memory';
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** Output that differs for a reason that a rule hides. */
export interface HiddenOutput {
  readonly kind: 'port' | 'mmio';
  readonly address: number;
  /** Accesses. */
  readonly count: number;
}

/** What an exact comparison has found. */
export interface ExactDiff {
  readonly same: boolean;
  /** How the answer was found. */
  readonly by: 'hashes' | 'steps';
  readonly groups: readonly DivergenceGroup[];
  /** What was skipped because a rule says so: root causes that are ignored, first step of each. */
  readonly ignored: readonly Cause[];
  /** Output that differs because of them, so that it is not taken for the same. */
  readonly hidden: readonly HiddenOutput[];
  /** Differences before the first step. */
  readonly initial: readonly InitialDifference[];
  /** Model-specific registers that the machines began with otherwise: no difference of the execution. */
  readonly machine: readonly InitialDifference[];
  /** Names of registers that only one trace records. */
  readonly notCompared: readonly string[];
  /** How far the traces were followed after the first divergence; undefined: to their ends. */
  readonly followedTo: number | undefined;
  /** The states from which they were compared: not 0, where one is a fork of the other. */
  readonly start: Start;
  readonly end: {
    readonly stepsA: number;
    readonly stepsB: number;
    readonly stopA: string;
    readonly stopB: string;
  };
}
