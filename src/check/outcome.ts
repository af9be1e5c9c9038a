/** How a case came out. Plain data: it passes between processes. */
import type { Finding } from '../views/diff/finding.js';

/** `updated` and `unchanged`: with --update, golden traces that were renewed, or need not be. */
export const CASE_STATUSES = ['passed', 'failed', 'error', 'updated', 'unchanged'] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

/** How a case came out, with what its reports tell. */
export interface Outcome {
  readonly status: CaseStatus;
  /** One line. */
  readonly message: string;
  /** The report of the comparison, and what the assertions say. */
  readonly details: readonly string[];
  readonly findings: readonly Finding[];
  readonly steps: number | undefined;
  /** 3 where the machine cannot record. */
  readonly exitCode: 0 | 1 | 2 | 3;
}

/** A case that could not be recorded or compared. */
export function problem(message: string, exitCode: 2 | 3): Outcome {
  return {
    status: 'error',
    message,
    details: [],
    findings: [errorFinding('not-checked', message)],
    steps: undefined,
    exitCode,
  };
}

/** A case that failed before anything was compared. */
export function failure(message: string): Outcome {
  return { ...problem(message, 2), status: 'failed', exitCode: 1 };
}

/** A finding about the case as a whole rather than a place in the guest. */
export function errorFinding(rule: Finding['rule'], message: string): Finding {
  return { rule, level: 'error', message, address: undefined, subject: message };
}
