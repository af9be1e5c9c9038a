/** Workflow commands: GitHub shows them as annotations of the run. */
import type { Finding } from './finding.js';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** @param file shown beside the annotation: the golden trace, the manifest */
export function githubAnnotation({ level, rule, message }: Finding, file: string): string {
  const properties = `file=${property(file)},title=${property(`kvmtrace: ${rule}`)}`;
  return `::${COMMANDS[level]} ${properties}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
