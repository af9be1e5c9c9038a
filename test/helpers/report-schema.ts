/**
 * What the schemas of JUnit and SARIF 2.1.0 demand of what we write, checked by hand: required
 * properties, enumerations, types. Each returns what is wrong.
 */

type Value = unknown;

/** The rules of sarif-schema-2.1.0.json for the objects that we use. */
export function checkSarif(log: Value): string[] {
  const errors: string[] = [];
  const need = (condition: boolean, what: string): void => {
    if (!condition) errors.push(what);
  };
  const root = asObject(log);
  need(root['version'] === '2.1.0', 'version is 2.1.0');
  need(root['$schema'] === undefined || isUri(root['$schema']), '$schema is a URI');
  only(root, ['$schema', 'version', 'runs', 'inlineExternalProperties', 'properties'], errors);
  need(Array.isArray(root['runs']), 'runs is an array');
  for (const each of asArray(root['runs'])) {
    const run = asObject(each);
    only(run, ['tool', 'results', 'columnKind', 'artifacts', 'invocations'], errors);
    const driver = asObject(asObject(run['tool'])['driver']);
    need(typeof driver['name'] === 'string', 'tool.driver.name is a string');
    need(
      [undefined, 'utf16CodeUnits', 'unicodeCodePoints'].includes(run['columnKind'] as string),
      'columnKind',
    );
    const rules = asArray(driver['rules']).map(asObject);
    for (const rule of rules) {
      need(typeof rule['id'] === 'string', 'rule.id is a string');
      need(typeof asObject(rule['shortDescription'])['text'] === 'string', 'rule text');
    }
    need(new Set(rules.map((rule) => rule['id'])).size === rules.length, 'rules are unique');
    for (const result of asArray(run['results']))
      checkResult(asObject(result), rules, need, errors);
  }
  return errors;
}

function checkResult(
  result: Record<string, Value>,
  rules: readonly Record<string, Value>[],
  need: (condition: boolean, what: string) => void,
  errors: string[],
): void {
  only(
    result,
    [
      'ruleId',
      'ruleIndex',
      'level',
      'message',
      'locations',
      'partialFingerprints',
      'baselineState',
    ],
    errors,
  );
  need(typeof asObject(result['message'])['text'] === 'string', 'message.text is a string');
  need(['none', 'note', 'warning', 'error'].includes(result['level'] as string), 'level');
  const rule = rules[result['ruleIndex'] as number];
  need(rule?.['id'] === result['ruleId'], 'ruleIndex is that of ruleId');
  for (const location of asArray(result['locations'])) {
    const physical = asObject(asObject(location)['physicalLocation']);
    const uri = asObject(physical['artifactLocation'])['uri'];
    need(
      typeof uri === 'string' && !/[\s#\\]/.test(uri),
      'artifactLocation.uri is a URI reference',
    );
    const line = asObject(physical['region'])['startLine'];
    need(
      line === undefined || (Number.isInteger(line) && (line as number) >= 1),
      'startLine from 1 on',
    );
    if (physical['address'] !== undefined) {
      const address = asObject(physical['address'])['absoluteAddress'];
      need(
        Number.isSafeInteger(address) && (address as number) >= -1,
        'absoluteAddress is an integer',
      );
    }
  }
  const prints = Object.values(asObject(result['partialFingerprints'] ?? {}));
  need(
    prints.every((print) => typeof print === 'string'),
    'partialFingerprints are strings',
  );
}

/** The usual JUnit XSD: elements, their attributes, their order; and that the XML is well formed. */
export function checkJunit(xml: string): string[] {
  const errors: string[] = [];
  const open: string[] = [];
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
  let suite: Record<string, string> = {};
  const tags =
    /<(?<end>\/?)(?<name>[\w?]+)(?<attributes>(?:\s+[\w:]+="[^"<]*")*)\s*(?<empty>\/?|\?)>/g;
  // eslint-disable-next-line no-control-regex -- what XML cannot hold
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(xml)) errors.push('control characters');
  const rest = xml.replace(tags, '');
  if (/[<>]/.test(rest) || /&(?!amp;|lt;|gt;|quot;|#\d+;)/.test(rest))
    errors.push(`not well formed: ${rest.trim().slice(0, 60)}`);
  for (const match of xml.matchAll(tags)) {
    const { end, name, attributes = '', empty } = match.groups!;
    if (name === '?xml') continue;
    if (end === '/') {
      if (open.pop() !== name) errors.push(`</${name!}> does not close what is open`);
      continue;
    }
    const given = Object.fromEntries(
      [...attributes.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]),
    );
    errors.push(...checkElement(name!, open.at(-1), given));
    if (name === 'testsuite') suite = given;
    if (name === 'testcase') counts.tests++;
    if (name === 'failure') counts.failures++;
    if (name === 'error') counts.errors++;
    if (name === 'skipped') counts.skipped++;
    if (empty !== '/') open.push(name!);
  }
  if (open.length > 0) errors.push(`<${open.join('> <')}> stays open`);
  for (const [key, count] of Object.entries(counts)) {
    if (suite[key] !== String(count))
      errors.push(`testsuite ${key} is ${suite[key] ?? 'missing'}, not ${count}`);
  }
  return errors;
}

const PARENTS: Record<string, string | undefined> = {
  testsuites: undefined,
  testsuite: 'testsuites',
  testcase: 'testsuite',
  failure: 'testcase',
  error: 'testcase',
  skipped: 'testcase',
};
const REQUIRED: Record<string, readonly string[]> = {
  testsuite: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
  testcase: ['name', 'classname', 'time'],
  failure: ['message', 'type'],
  error: ['message', 'type'],
};

function checkElement(
  name: string,
  parent: string | undefined,
  given: Record<string, string>,
): string[] {
  if (!(name in PARENTS)) return [`<${name}> is not of JUnit`];
  const errors = PARENTS[name] === parent ? [] : [`<${name}> in <${parent ?? 'nothing'}>`];
  for (const attribute of REQUIRED[name] ?? []) {
    if (given[attribute] === undefined) errors.push(`<${name}> without ${attribute}`);
  }
  return errors;
}

function only(value: Record<string, Value>, allowed: readonly string[], errors: string[]): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key)) errors.push(`unexpected property ${key}`);
}

function asObject(value: Value): Record<string, Value> {
  return typeof value === 'object' && value !== null ? (value as Record<string, Value>) : {};
}

function asArray(value: Value): Value[] {
  return Array.isArray(value) ? (value as Value[]) : [];
}

function isUri(value: Value): boolean {
  return typeof value === 'string' && URL.canParse(value);
}
