import test from 'ava';
import { parseYaml } from '../../src/check/yaml.js';

test('what manifests are written in', (t) => {
  const text = `---
# a comment
name: a plain # and a comment
"quoted key": "x: # y"
port: 0x3f8
entry: 0xffffffff80000000
yes: true
list:
  - 'it''s'
  - key: 1
    other: [a, "b, c"]
same_level:
- x
nested: {deep: {"json": [1, 2]}}
sql: |
  SELECT 1
    FROM t # no comment
folded: >-
  a
  b
base: &base {memory: 4M}
again: *base
empty:
`;
  const expected = {
    name: 'a plain',
    'quoted key': 'x: # y',
    port: 0x3f8,
    entry: '18446744071562067968',
    yes: true,
    list: ["it's", { key: 1, other: ['a', 'b, c'] }],
    same_level: ['x'],
    nested: { deep: { json: [1, 2] } },
    sql: 'SELECT 1\n  FROM t # no comment\n',
    folded: 'a b',
    base: { memory: '4M' },
    again: { memory: '4M' },
    empty: null,
  };
  t.deepEqual(parseYaml(text, 'm.yaml'), expected);
  t.deepEqual(parseYaml(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'm.yaml'), expected);
  t.is(parseYaml('', 'm.yaml'), null);
});

test('what is no YAML is refused with its line', (t) => {
  for (const [text, message] of [
    ['a: 1\na: 2', /^m\.yaml line 2 is not YAML: Map keys must be unique\.$/],
    ['a:\n\t- b', /^m\.yaml line 2 is not YAML: Tabs/],
    ['a: [1, {', /^m\.yaml line 1 is not YAML: /],
    ['a: 1\n   b: 2', /^m\.yaml line 1 is not YAML: /],
    ['a: 1\n---\nb: 2', /^m\.yaml line 2 is not YAML: .*multiple documents/],
    ['a: !unknown 1', /^m\.yaml line 1 is not YAML: Unresolved tag/],
    ['a: *none', /^m\.yaml is not YAML: Unresolved alias/],
  ] as const) {
    t.throws(() => parseYaml(text, 'm.yaml'), { message }, text);
  }
});

test('aliases that multiply are refused before they have filled the memory', (t) => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++) {
    lines.push(`a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(', ')}]`);
  }
  t.throws(() => parseYaml(lines.join('\n'), 'm.yaml'), { message: /Excessive alias count/ });
});
