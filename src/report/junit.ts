/**
 * JUnit XML: what every CI knows how to show. There is no official schema; this keeps to Jenkins's,
 * which JUnit itself tests against, and which knows no file of a test case.
 */

/** A test case of a suite. */
export interface JunitCase {
  readonly name: string;
  readonly className: string;
  readonly seconds: number;
  /** Why it failed; undefined where it passed. */
  readonly failure?: { readonly message: string; readonly text: string } | undefined;
  /** What kept it from running. */
  readonly error?: { readonly message: string; readonly text: string } | undefined;
  readonly skipped?: string | undefined;
}

/** A test suite as JUnit XML; text is escaped, and characters that XML lacks are replaced. */
export function junitXml(suite: string, cases: readonly JunitCase[]): string {
  const count = (has: (each: JunitCase) => boolean): number => cases.filter(has).length;
  const totals = {
    tests: cases.length,
    failures: count(({ failure }) => failure !== undefined),
    errors: count(({ error }) => error !== undefined),
    time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
  const skipped = count((each) => each.skipped !== undefined);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: 'kvmtrace', ...totals })}>`,
    `  <testsuite ${attributes({ name: suite, ...totals, skipped })}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function caseLines({ name, className, seconds, failure, error, skipped }: JunitCase): string[] {
  const head = `    <testcase ${attributes({
    name,
    classname: className,
    time: seconds.toFixed(3),
  })}`;
  const body = [
    ...(failure === undefined ? [] : problem('failure', failure.message, failure.text)),
    ...(error === undefined ? [] : problem('error', error.message, error.text)),
    ...(skipped === undefined ? [] : [`      <skipped>${escapeXml(skipped)}</skipped>`]),
  ];
  return body.length === 0 ? [`${head}/>`] : [`${head}>`, ...body, '    </testcase>'];
}

function problem(tag: 'failure' | 'error', message: string, text: string): string[] {
  return [
    `      <${tag} ${attributes({ message, type: tag === 'failure' ? 'difference' : 'error' })}>${escapeXml(text)}</${tag}>`,
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(' ');
}

/** Also replaces what XML 1.0 cannot hold at all. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll(
      // eslint-disable-next-line no-control-regex -- these are what it is for
      /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/gu,
      '\ufffd',
    );
}
