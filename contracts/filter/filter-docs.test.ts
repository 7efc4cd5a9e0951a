import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FILTER_LIMITS, parseFilter, printFilter, SORT_FIELDS, TASK_FIELDS } from './index.ts';

const docs = readFileSync(new URL('../../docs/filters.md', import.meta.url), 'utf8');
const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');

test('docs/filters.md has every field and order as the table of fields says', () => {
  const rows = TASK_FIELDS.map((f) => {
    const words = f.words.filter((w) => !w.later).map((w) => w.word);
    const cells = [`\`${f.name}\``, code(f.aliases), f.doc, code(words), code(f.examples)];
    return `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  });
  const [, fields = ''] = docs.split('## Fields\n\n');
  const table = fields.split('\n\n')[0]?.split('\n').slice(2);
  expect(table).toEqual(rows);
  const [, order = ''] = docs.split('## Order\n\n');
  const listed = order
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  expect(listed).toEqual(SORT_FIELDS.map((s) => `| \`sort:${s.name}\` | ${s.doc} |`));
});

test('every filter in docs/filters.md can be read', () => {
  const [how = '', rest = ''] = docs.split('## Days');
  const written = [...how.matchAll(/^\| `([^`]+)` \|/gm), ...rest.matchAll(/`((?:due|sort):[^`]+)`/g)];
  const filters = written.map((m) => m[1] ?? '').filter((text) => !TASK_FIELDS.some((f) => f.name === text));
  expect(filters.length).toBeGreaterThan(20);
  for (const text of filters) {
    const { ast, sort, errors } = parseFilter(text);
    expect(errors, text).toEqual([]);
    expect(printFilter(ast, sort)).toBe(text);
  }
  const { characters, terms, depth } = FILTER_LIMITS;
  expect(docs).toContain(
    `at most ${characters.toLocaleString('en')} characters, ${terms} terms, and ${depth} levels`,
  );
});
