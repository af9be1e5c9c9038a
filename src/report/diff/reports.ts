/** The reports of a comparison, by the name of their format. */
import type { DiffResult } from '../../diff/diff.js';
import type { Pair } from '../../diff/side.js';
import { artifactPath } from '../artifact.js';
import { toJson } from '../../base/json.js';
import type { Style } from '../style.js';

/** What `diff --format` takes. */
export const DIFF_FORMATS = ['text', 'json', 'markdown', 'junit', 'sarif', 'github'] as const;
export type DiffFormat = (typeof DIFF_FORMATS)[number];

/** Of stdout: lines without the last newline. */
export async function diffReport(
  pair: Pair,
  result: DiffResult,
  format: DiffFormat,
  style: Style,
): Promise<string> {
  switch (format) {
    case 'text': {
      const { textReport } = await import('./text.js');
      return textReport(pair, result, style).join('\n');
    }
    case 'json': {
      const { jsonReport } = await import('../../views/diff/document.js');
      return toJson(jsonReport(pair, result), 2);
    }
    case 'markdown': {
      const { markdownReport } = await import('./markdown.js');
      return markdownReport(pair, result);
    }
    case 'junit': {
      const [{ junitXml }, { textReport }] = await Promise.all([
        import('../junit.js'),
        import('./text.js'),
      ]);
      const { PLAIN } = await import('../style.js');
      const text = textReport(pair, result, PLAIN).join('\n');
      const failure = result.passed ? undefined : { message: result.verdict, text };
      const name = `${pair.a.name} | ${pair.b.name}`;
      return junitXml('kvmtrace diff', [{ name, className: 'kvmtrace.diff', seconds: 0, failure }]);
    }
    case 'sarif': {
      const [{ sarifReport }, { findings }] = await Promise.all([
        import('../sarif.js'),
        import('../../views/diff/finding.js'),
      ]);
      const artifact = artifactPath(pair.b.path);
      const found = findings(pair, result).map((finding) => ({ ...finding, artifact }));
      return toJson(sarifReport(found), 2);
    }
    case 'github': {
      const [{ githubAnnotations }, { findings }] = await Promise.all([
        import('../github.js'),
        import('../../views/diff/finding.js'),
      ]);
      const found = findings(pair, result);
      const artifact = artifactPath(pair.b.path);
      return githubAnnotations(found.map((finding) => ({ ...finding, artifact }))).join('\n');
    }
  }
}
