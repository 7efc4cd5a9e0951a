import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRIORITIES, STATUS_CATEGORIES, type Task } from '../tasks/index.ts';
import { CATEGORY_WORDS, isOrdered, PRIORITY_ORDER } from './fields.ts';
import {
  checkFilter,
  compareTasks,
  compileFilter,
  FILTER_LIMITS,
  type FilterContext,
  type FilterNode,
  hasTerm,
  matchesFilter,
  parseFilter,
  printFilter,
  TASK_FIELDS,
  withoutTerm,
  withTerm,
} from './index.ts';
import { aFilterContext, aTask } from './testing/filter-things.ts';
import { someTrees, withoutPositions } from './testing/filter-trees.ts';

const context = aFilterContext();
const codes = (text: string) => parseFilter(text).errors.map((e) => e.code);
const faultsOf = (text: string) => checkFilter(parseFilter(text).ast, context);
/** Canonical text. */
const print = (text: string) => {
  const { ast, sort, errors } = parseFilter(text);
  expect(errors, text).toEqual([]);
  return printFilter(ast, sort);
};
const matches = (text: string, task: Partial<Task>, other: Partial<FilterContext> = {}) => {
  const { ast, errors } = parseFilter(text);
  expect(errors, text).toEqual([]);
  return matchesFilter(ast, { ...context, ...other }, aTask(task));
};

describe('parseFilter', () => {
  test('reads fields, lists, comparisons, ranges, quotes, minus, or, parentheses, free words and sort', () => {
    const text =
      'status:started assignee:me due:<7d label:"needs design" -is:archived priority:high,urgent created:>2026-01-01 "free words" sort:-priority,due';
    const { ast, sort, errors } = parseFilter(text);
    expect(errors).toEqual([]);
    expect(printFilter(ast, sort)).toBe(text);
    expect(ast).toMatchObject({ type: 'and', from: 0 });
    expect(sort.map((s) => [s.field, s.descending])).toEqual([
      ['priority', true],
      ['due', false],
    ]);
    for (const key of sort) expect(text.slice(key.from, key.to)).toMatch(/priority|due/);
  });

  test.each([
    ['STATUS:Todo  Or\tlabel:x', 'status:Todo or label:x'],
    ['due_date≤today prio>=low comments>3', 'due:<=today priority:>=low comments:>3'],
    ['label: a, “b c” ,d', 'label:a,"b c" ,d'],
    ['((a (b c)))', 'a b c'],
    ['a or (b or c) d', 'a or (b or c) d'],
    ['-(a or b)', '-(a or b)'],
    ['--a', '--a'],
    ['- a "-b" "or" or "x:y"', '"-" a "-b" "or" or "x:y"'],
    ['https://example.org/?q=1', '"https://example.org/?q=1"'],
    ['10:30', '"10:30"'],
    ['label:"none",none', 'label:"none",none'],
    ['label:"bug" status:"done"', 'label:bug status:"done"'],
    ['"say \\"hi\\" \\\\"', '"say \\"hi\\" \\\\"'],
    ['title:="x"', 'title:x'],
    ['sort:due,-due,KEY', 'sort:due,key'],
    ['', ''],
  ])('writes %j as %j', (text, canonical) => {
    expect(print(text)).toBe(canonical);
  });

  test.each([
    ['statsu:done', 'unknown_field', 'statsu', 'status'],
    ['a priority:hihg', 'bad', 'hihg', 'high'],
    ['due:tomorow', 'bad_value', 'tomorow', 'tomorrow'],
    ['due:2026-02-30', 'bad_value', '2026-02-30', undefined],
    ['due:2026-01-01..', 'bad_value', '2026-01-01..', undefined],
    ['due:<none', 'bad_value', 'none', undefined],
    ['label:', 'missing_value', 'label:', undefined],
    ['label:a,', 'missing_value', 'label:a,', undefined],
    ['""', 'missing_value', '""', undefined],
    ['status:>done', 'unknown_operator', 'done', undefined],
    ['status!=done', 'unknown_operator', '!=done', undefined],
    ['is:blocked', 'not_yet', 'blocked', undefined],
    ['title:"open', 'unclosed_quote', '"open', undefined],
    ['a (b', 'unclosed_parenthesis', '(', undefined],
    ['a) b', 'unexpected_parenthesis', ')', undefined],
    ['()', 'empty_group', '()', undefined],
    ['a or', 'lonely_or', 'or', undefined],
    ['or', 'lonely_or', 'or', undefined],
    ['a or or b', 'lonely_or', 'or', undefined],
    ['-sort:due', 'misplaced_sort', 'sort:due', undefined],
    ['sort:-prioritty', 'unknown_value', 'prioritty', 'priority'],
    ['comments:many', 'bad_value', 'many', undefined],
    ['key:WEB', 'bad_value', 'WEB', undefined],
  ])('tells what is wrong in %j', (text, code, at, suggestion) => {
    const { errors } = parseFilter(text);
    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(text.slice(error?.from, error?.to)).toBe(at);
    expect(error?.suggestion).toBe(suggestion);
    if (code !== 'bad') expect(error?.code).toBe(code);
    expect(error?.message).toMatch(/^[A-Z].*\.$/s);
  });

  test('keeps what it understood beside an error', () => {
    const { ast, errors } = parseFilter('label:bug foo:bar priority:hihg,low');
    expect(errors).toHaveLength(2);
    expect(printFilter(ast)).toBe('label:bug priority:low');
  });

  test('states its limits', () => {
    expect(codes('x'.repeat(FILTER_LIMITS.characters))).toEqual([]);
    expect(codes('x'.repeat(FILTER_LIMITS.characters + 1))).toEqual(['too_long']);
    expect(codes('x '.repeat(FILTER_LIMITS.terms))).toEqual([]);
    expect(codes('x '.repeat(FILTER_LIMITS.terms + 1))).toEqual(['too_many_terms']);
    expect(codes(`${'('.repeat(10)}x${')'.repeat(10)}`)).toEqual([]);
    expect(codes(`${'('.repeat(11)}x${')'.repeat(11)}`)).toEqual(['too_deep']);
    expect(codes('-'.repeat(1_000))).toEqual(['too_deep']);
    expect(codes('('.repeat(1_990))).toEqual(['too_deep']);
  });

  test('never throws, and its errors lie inside the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...TASK_FIELDS.map((f) => `${f.name}:`),
        'sort:',
        'or',
        ' or ',
        'none',
        'me',
        'done',
        'started',
      ),
      fc.constantFrom(
        '(',
        ')',
        '-',
        '"',
        '“',
        ',',
        ':',
        '<',
        '>=',
        '..',
        '\\',
        ' ',
        '!=',
        '7d',
        'WEB-1',
        '\0',
        '\ud83d',
        '\n',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    );
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
      fc
        .array(fc.constantFrom('(', '-', '"', ' ', 'x', 'or '), { maxLength: 2_200 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { ast, sort, errors } = parseFilter(text);
        for (const { from, to, message } of [...errors, ...checkFilter(ast, context)]) {
          expect(from >= 0 && from <= to && to <= text.length, message).toBe(true);
          expect(from < to || to === text.length, `${text}: ${message}`).toBe(true);
        }
        compileFilter(ast, context)(aTask({}));
        const canonical = printFilter(ast, sort);
        if (canonical.length > FILTER_LIMITS.characters) return;
        const again = parseFilter(canonical);
        expect(again.errors).toEqual([]);
        expect(withoutPositions(again.ast)).toEqual(withoutPositions(ast));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('printFilter', () => {
  test('gives a text whose tree is the same', () => {
    const property = fc.property(someTrees(), (tree) => {
      const text = printFilter(tree as FilterNode);
      const { ast, errors } = parseFilter(text);
      expect(errors, text).toEqual([]);
      expect(withoutPositions(ast), text).toEqual(withoutPositions(tree as FilterNode));
      expect(printFilter(ast)).toBe(text);
    });
    fc.assert(property, { numRuns: 1_500 });
  });

  test('terms are added and removed for builders', () => {
    const change = (text: string, to: (ast: FilterNode) => FilterNode) =>
      printFilter(to(parseFilter(text).ast));
    expect(change('a', (f) => withTerm(f, { field: 'label', value: '"needs design"' }))).toBe(
      'a label:"needs design"',
    );
    expect(change('label:a x', (f) => withTerm(f, { field: 'Tag', value: 'b' }))).toBe('label:a,b x');
    expect(change('label:a', (f) => withTerm(f, { field: 'label', value: 'a' }))).toBe('label:a');
    expect(change('label:a', (f) => withTerm(f, { field: 'label', value: 'b', not: true }))).toBe(
      'label:a -label:b',
    );
    expect(change('a or b', (f) => withTerm(f, { field: 'is', value: 'open' }))).toBe('(a or b) is:open');
    expect(change('a', (f) => withTerm(f, { field: 'due', value: 'soonish' }))).toBe('a');
    expect(change('label:a,b x', (f) => withoutTerm(f, { field: 'label', value: 'a' }))).toBe('label:b x');
    expect(change('label:a,b -label:a x', (f) => withoutTerm(f, { field: 'label' }))).toBe('-label:a x');
    expect(
      change('label:a -label:a,b', (f) => withoutTerm(f, { field: 'label', value: 'b', not: true })),
    ).toBe('label:a -label:a');
    expect(change('due:<7d', (f) => withoutTerm(f, { field: 'due', value: '<7d' }))).toBe('');
    expect(hasTerm(parseFilter('a or -(is:archived b)').ast, 'is', 'archived')).toBe(true);
    expect(hasTerm(parseFilter('is:open').ast, 'is', 'archived')).toBe(false);
  });
});

describe('checkFilter', () => {
  test.each([
    ['status:strated', 'strated', 'started'],
    ['label:bgu', 'bgu', 'Bug'],
    ['label:"neds design"', '"neds design"', '"needs design"'],
    ['assignee:adda', 'adda', 'ada'],
    ['project:wbe', 'wbe', 'WEB'],
    ['parent:WBE-3', 'WBE-3', 'WEB-3'],
    ['comments:5..2', '5..2', '2..5'],
    ['due:2026-02-01..2026-01-01', '2026-02-01..2026-01-01', '2026-01-01..2026-02-01'],
    ['created:>7d', '>7d'.slice(1), undefined],
    ['label:zzzzzz', 'zzzzzz', undefined],
  ])('says that %j does not fit here', (text, at, suggestion) => {
    const [error] = faultsOf(text);
    expect(text.slice(error?.from, error?.to)).toBe(at);
    expect(error?.suggestion).toBe(suggestion);
  });

  test('knows names, ids and words, and nobody without a session', () => {
    const good = `status:"in review",done label:"none" assignee:me,@ada,"Ada Lovelace",Grace,${context.people[0]?.id} project:web,"Mobile app" parent:APP-1`;
    expect(faultsOf(good)).toEqual([]);
    expect(checkFilter(parseFilter('creator:me').ast, { ...context, me: null })).toMatchObject([
      { code: 'unknown_value', from: 8, to: 10 },
    ]);
  });
});

describe('matchesFilter', () => {
  test('dates are days in the zone of whoever asks', () => {
    const due = (day: string) => ({ due_date: day });
    // 2026-03-11 is a Wednesday.
    expect(matches('due:today', due('2026-03-11'))).toBe(true);
    expect(matches('due:<7d', due('2026-03-17'))).toBe(true);
    expect(matches('due:<7d', due('2026-03-18'))).toBe(false);
    expect(matches('due:<=7d', due('2026-03-18'))).toBe(true);
    expect(matches('due:week', due('2026-03-15'))).toBe(true);
    expect(matches('due:week', due('2026-03-16'))).toBe(false);
    expect(matches('due:>week', due('2026-03-16'))).toBe(true);
    expect(matches('due:next-week', due('2026-03-16'))).toBe(true);
    expect(matches('due:monday', due('2026-03-16'))).toBe(true);
    expect(matches('due:wed', due('2026-03-11'))).toBe(true);
    expect(matches('due:month', due('2026-03-31'))).toBe(true);
    expect(matches('due:2026-02', due('2026-02-28'))).toBe(true);
    expect(matches('due:1m', due('2026-04-11'))).toBe(true);
    expect(matches('due:-1m', due('2026-02-28'), { now: '2026-03-31T12:00:00.000Z' })).toBe(true);
    expect(matches('due:2026-01-01..2026-03', due('2026-03-31'))).toBe(true);
    expect(matches('completed:monday', { completed_at: '2026-03-09T10:00:00.000Z' })).toBe(true);
    const late = { created_at: '2026-03-10T23:30:00.000Z' };
    expect(matches('created:today', late, { timeZone: 'Europe/Berlin' })).toBe(true);
    expect(matches('created:today', late, { timeZone: 'UTC' })).toBe(false);
    expect(matches('created:yesterday', late, { timeZone: 'America/New_York' })).toBe(true);
  });

  test('the day that skips its midnight is a day all the same', () => {
    // Santiago went from 23:59:59 on 2026-09-05 to 01:00 on 2026-09-06.
    const other = { timeZone: 'America/Santiago' };
    const at = (time: string) => ({ created_at: `2026-09-06T${time}Z` });
    expect(matches('created:2026-09-06', at('03:59:59.999'), other)).toBe(false);
    expect(matches('created:2026-09-06', at('04:00:00.000'), other)).toBe(true);
    expect(matches('created:2026-09-05', at('03:59:59.999'), other)).toBe(true);
  });

  test('minus takes nothing for no: a task without a due date is not due before anything', () => {
    expect(matches('due:<today', { due_date: null })).toBe(false);
    expect(matches('-due:<today', { due_date: null })).toBe(true);
    expect(matches('due:none', { due_date: null })).toBe(true);
    expect(matches('due:>=today,none', { due_date: null })).toBe(true);
  });

  test('letters have no case, in any language, composed or not', () => {
    expect(matches('ÜBER', { title: 'über' })).toBe(true);
    expect(matches('caf\u00e9', { title: 'CAFE\u0301' })).toBe(true);
    expect(matches('cafe\u0301', { title: 'Caf\u00e9' })).toBe(true);
    expect(matches('istanbul', { title: 'İstanbul' })).toBe(true);
    expect(matches('οδος', { title: 'ΟΔΟΣ' })).toBe(true);
    expect(matches('ΟΔΟΣ', { title: 'οδος' })).toBe(true);
    expect(matches('"100%"', { title: '1000' })).toBe(false);
    expect(matches('web-42', { number: 42 })).toBe(true);
    expect(matches('42', { number: 42 })).toBe(true);
    expect(matches('42', { number: 4, title: 'gate 42' })).toBe(true);
  });

  test('words in quotes are names, without quotes words of the language', () => {
    const [, done] = context.statuses.filter((s) => s.category === 'done');
    expect(matches('status:done', { status_id: done?.id })).toBe(true);
    expect(matches('status:"done"', { status_id: done?.id })).toBe(false);
    expect(matches('label:none', { label_ids: [] })).toBe(true);
    expect(matches('label:"none"', { label_ids: [] })).toBe(false);
  });

  test('states that need more than one column', () => {
    const [open, closed] = ['started', 'canceled'].map(
      (c) => context.statuses.find((s) => s.category === c)?.id,
    );
    expect(matches('is:overdue', { due_date: '2026-03-10', status_id: open })).toBe(true);
    expect(matches('is:overdue', { due_date: '2026-03-11', status_id: open })).toBe(false);
    expect(matches('is:overdue', { due_date: '2026-03-10', status_id: closed })).toBe(false);
    const links = [{ name: 'x', url: 'http://x' }];
    expect(matches('has:links', { external: { source: 'x', id: 'x', url: null, people: [], links } })).toBe(
      true,
    );
    expect(matches('has:links', { external: null })).toBe(false);
  });

  test('a typical filter takes less than a microsecond a task', () => {
    const { ast } = parseFilter(
      'status:started assignee:me,none priority:>=medium due:<7d -is:archived label:bug,"needs design" report',
    );
    const match = compileFilter(ast, context);
    const tasks = Array.from({ length: 1_000 }, (_, i) =>
      aTask({ title: `Report number ${i} of the quarter`, due_date: i % 3 ? '2026-03-12' : null }),
    );
    let best = Number.POSITIVE_INFINITY;
    let found = 0;
    for (let round = 0; round < 60; round++) {
      const start = performance.now();
      for (const task of tasks) if (match(task)) found++;
      best = Math.min(best, performance.now() - start);
    }
    expect(found).toBeGreaterThan(0);
    expect((best * 1_000) / tasks.length).toBeLessThan(1);
  });
});

test('tasks are ordered by every key in turn, those without a value last in both directions', () => {
  const tasks = [
    aTask({ title: 'b', priority: 'low', due_date: '2026-01-02' }),
    aTask({ title: 'C', priority: 'urgent', due_date: null }),
    aTask({ title: 'a', priority: 'urgent', due_date: '2026-01-01' }),
  ];
  const ordered = (text: string) =>
    tasks
      .toSorted(compareTasks(parseFilter(text).sort, context))
      .map((t) => t.title)
      .join('');
  expect(ordered('sort:-priority,due')).toBe('aCb');
  expect(ordered('sort:due')).toBe('abC');
  expect(ordered('sort:-due')).toBe('baC');
  expect(ordered('sort:title')).toBe('abC');
});

test('the fields say what the contract of tasks says', () => {
  expect(PRIORITY_ORDER).toEqual(PRIORITIES);
  expect(CATEGORY_WORDS).toEqual(STATUS_CATEGORIES);
  const names = TASK_FIELDS.flatMap((f) => [f.name, ...f.aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const field of TASK_FIELDS) {
    for (const example of field.examples) expect(print(example)).toBe(example);
    expect(field.examples.some((e) => /[<>]|\.\./.test(e))).toBe(isOrdered(field));
  }
});
