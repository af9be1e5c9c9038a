/** What a comparison found as a flat list: what JUnit, SARIF and GitHub's annotations want. */
import { alignedBy, flowView, functionRow, outputText, variableText } from './aligned-words.js';
import { causeView } from './cause-words.js';
import { gateText } from '../../diff/gate.js';
import type { DiffResult } from '../../diff/diff.js';
import type { Pair } from '../../diff/side.js';
import { groupText, groupView } from './words.js';

/** What a comparison can find, by the id that SARIF has for it, with a sentence for people. */
export const RULES = {
  unrelated: 'The traces are not two runs of one program',
  divergence: 'The executions part: a step did otherwise',
  'initial-state': 'The machines differ before the first step',
  code: 'Code is another in the two builds, and ran before all else that differs',
  'control-flow': 'A branch that both builds have goes another way',
  output: 'The guest shows something else to the outside',
  memory: 'A variable holds something else at the end',
  function: 'A function takes another number of steps, or appeared, or vanished',
  limit: 'More steps than the limit allows',
  end: 'The guest ended another way',
  assertion: 'An SQL assertion of the suite returned rows',
  'not-checked': 'A case of the suite could not be recorded or compared',
} as const;
/** The id of a rule. */
export type RuleId = keyof typeof RULES;

/** One thing that a comparison found. */
export interface Finding {
  readonly rule: RuleId;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  /** Address of the guest's code, where there is one. */
  readonly address: bigint | undefined;
  /** What it is about, the same in the next run: symbol, port, variable. */
  readonly subject: string;
}

/** A finding with the path of what it was found in, as code hosts want it. */
export interface ArtifactFinding extends Finding {
  readonly artifact: string;
}

/** Of one kind, more than this many are not worth a finding each. */
const MAX_OF_A_KIND = 50;

/**
 * Everything that differs. Whatever makes the comparison fail is an error: with limits those, and how
 * the guest ended; what else differs is then a note.
 */
export function findings(pair: Pair, result: DiffResult): Finding[] {
  const list = differences(pair, result);
  if (result.passed || list.some(({ level }) => level === 'error')) return list;
  const summary = { message: result.verdict, address: undefined, subject: '' };
  const rule = result.refused ? 'unrelated' : 'divergence';
  return [{ rule, level: 'error', ...summary }, ...list];
}

function differences(pair: Pair, result: DiffResult): Finding[] {
  const { exact, aligned, gates, decider, otherEnd } = result;
  const list: Finding[] = [];
  const level = gates.length === 0 ? 'error' : 'note';
  const add = (
    rule: RuleId,
    message: string,
    subject: string,
    more: Partial<Finding> = {},
  ): void => {
    list.push({ rule, level, message, address: undefined, subject, ...more });
  };
  if (exact !== undefined && decider === 'exact') {
    for (const group of exact.groups.slice(0, MAX_OF_A_KIND)) {
      const view = groupView(pair, group, exact);
      const { place, cause, branch, address } = view;
      add('divergence', `${groupText(view)}; ${cause}; ${branch ?? ''}`, place, { address });
    }
    for (const { name, a, b } of exact.initial.slice(0, MAX_OF_A_KIND))
      add('initial-state', `${name}: ${a} | ${b}`, name);
  }
  if (aligned !== undefined) {
    const view = causeView(pair, aligned);
    if (view !== undefined) {
      const code = view.code.map(({ side, text }) => `${side}: ${text}`).join(', ');
      const more = [view.calls, view.value, view.end].filter((text) => text !== undefined);
      add('code', `${view.title} (${code}); ${more.join('; ')}`, view.place, {
        address: view.address,
      });
    }
    const flow = flowView(pair, aligned);
    if (flow !== undefined)
      add('control-flow', `${flow.summary} (${alignedBy(aligned)})`, flow.a[0]?.place ?? '');
    for (const each of aligned.outputs.differences.slice(0, MAX_OF_A_KIND)) {
      add('output', outputText(pair, each), `${each.kind} ${each.address}`);
    }
    for (const each of aligned.memory?.differences.slice(0, MAX_OF_A_KIND) ?? []) {
      add('memory', variableText(each), each.name, { level: 'note' });
    }
    for (const each of aligned.functions.slice(0, MAX_OF_A_KIND)) {
      const [name, calls, own, total, change] = functionRow(each);
      const message = `${name}: calls ${calls}, own steps ${own}, total steps ${total} (${change})`;
      add('function', message, each.name, { level: 'note' });
    }
  }
  if (otherEnd !== undefined && gates.length > 0) add('end', otherEnd, 'end', { level: 'error' });
  for (const gate of gates) {
    if (gate.exceeded) add('limit', gateText(gate), gate.name, { level: 'error' });
  }
  return list;
}
