/** Workflow commands: GitHub shows them as annotations of the run. */
import { printable } from '../base/printable.js';
import type { ArtifactFinding } from '../views/diff/finding.js';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;
/** GitHub shows so many annotations of each kind of a step, and drops the others. */
const MAX_SHOWN = 10;

/** An annotation for each finding; where there are too many of a kind, the last one says so. */
export function githubAnnotations(found: readonly ArtifactFinding[]): string[] {
  return (['error', 'warning', 'note'] as const).flatMap((level) => {
    const all = found.filter((finding) => finding.level === level);
    if (all.length <= MAX_SHOWN) return all.map(annotation);
    const shown = all.slice(0, MAX_SHOWN - 1);
    const rest = `${all.length - shown.length} more: the report has them all`;
    return [...shown.map(annotation), `::${COMMANDS[level]} title=kvmtrace::${rest}`];
  });
}

function annotation({ level, rule, message, artifact }: ArtifactFinding): string {
  const properties = `file=${property(artifact)},title=${property(`kvmtrace: ${rule}`)}`;
  return `::${COMMANDS[level]} ${properties}::${data(printable(message))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
