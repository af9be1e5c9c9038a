/** SARIF 2.1.0, which GitHub's code scanning takes. */
import type { Jsonable } from '../base/json.js';
import { createHash } from 'node:crypto';
import type { Log, Result } from 'sarif';
import { toolVersion } from '../base/package-root.js';
import { RULES, type ArtifactFinding, type RuleId } from '../views/diff/finding.js';

/** GitHub takes so many results of a run. */
const MAX_RESULTS = 25_000;

/** The findings as one run of kvmtrace; those beyond the limit of GitHub are left out. */
export function sarifReport(found: readonly ArtifactFinding[]): Jsonable {
  const rules = [...new Set(found.map(({ rule }) => rule))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kvmtrace',
            semanticVersion: toolVersion,
            rules: rules.map((id) => ({ id, shortDescription: { text: RULES[id] } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: found.slice(0, MAX_RESULTS).map((finding) => resultOf(finding, rules)),
      },
    ],
  } satisfies Log;
}

function resultOf(
  { rule, level, message, address, subject, artifact }: ArtifactFinding,
  rules: RuleId[],
) {
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(artifact) },
          // Code scanning wants a line; a trace has none but its first.
          region: { startLine: 1 },
          ...(address === undefined || address > BigInt(Number.MAX_SAFE_INTEGER)
            ? {}
            : {
                address: { absoluteAddress: Number(address), kind: 'instruction', name: subject },
              }),
        },
      },
    ],
    partialFingerprints: {
      'kvmtrace/v1': createHash('sha256')
        .update(`${rule}\n${artifact}\n${subject}`)
        .digest('hex')
        .slice(0, 32),
    },
  } satisfies Result;
}

/** A relative reference (RFC 3986, 4.2): what is not allowed is escaped, a colon is no scheme. */
function uriOf(path: string): string {
  const escaped = encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F');
  return /^[^/]*:/.test(escaped) ? `./${escaped}` : escaped;
}
