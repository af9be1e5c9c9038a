import test from 'ava';
import { parseYaml } from '../../src/check/yaml.js';

test('mappings, sequences, scalars, comments', (t) => {
  const text = `---
# a comment
name: a plain # and a comment
"quoted key": "x: # y"
number: 12
hex: 0x10
yes: true
none: ~
list:
  - one
  - 'it''s'
  - key: 1
    other: [a, b]
same_level:
- x
nested:
  deep: {"json": [1, 2]}
empty:
`;
  t.deepEqual(parseYaml(text, 'm.yaml'), {
    name: 'a plain',
    'quoted key': 'x: # y',
    number: 12,
    hex: '0x10',
    yes: true,
    none: null,
    list: ['one', "it's", { key: 1, other: ['a', 'b'] }],
    same_level: ['x'],
    nested: { deep: { json: [1, 2] } },
    empty: null,
  });
});

test('blocks keep their lines, or fold them', (t) => {
  const text = 'sql: |\n  SELECT 1\n    FROM t # no comment\n\n  WHERE x\nfolded: >-\n  a\n  b\n';
  t.deepEqual(parseYaml(text, 'm.yaml'), {
    sql: 'SELECT 1\n  FROM t # no comment\n\nWHERE x\n',
    folded: 'a b',
  });
});

test('what is not understood is refused with its line', (t) => {
  for (const [text, message] of [
    ['a: &x 1', /line 1 has &/],
    ['a:\n\t- b', /line 2 has a tab/],
    ['a: 1\na: 2', /line 2 has a a second time/],
    ['a: [1, {', /line 1 has what is not JSON/],
    ['a: 1\n   b: 2', /line 2 has indentation/],
    ['just text', /line 1 has no 'key: value'/],
  ] as const) {
    t.throws(() => parseYaml(text, 'm.yaml'), { message }, text);
  }
});
