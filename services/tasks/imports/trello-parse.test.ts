import { describe, expect, it } from 'vitest';
import { ImportRefused } from './refused.ts';
import { planOf } from './testing/boards.ts';
import { parseTrello } from './trello-parse.ts';

const refusal = (json: unknown): string => {
  try {
    parseTrello(json);
  } catch (error) {
    if (error instanceof ImportRefused) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('what is no board', () => {
  it.each([
    ['null', null],
    ['a text', 'board'],
    ['an array', [{ lists: [], cards: [] }]],
    ['an empty object', {}],
    ['something with a name', { name: 'x', tasks: [] }],
    ['another tool’s export', { id: '1', name: 'x', issues: [{ id: 1 }] }],
  ])('refuses %s', (_, json) => expect(refusal(json)).toMatch(/^import_not_trello: /));

  it('says what is missing', () =>
    expect(refusal({ name: 'x' })).toBe('import_not_trello: Missing: lists, cards.'));

  it('refuses nesting no board has', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal({ name: 'x', lists: [], cards: [], deep })).toMatch(/nested/);
  });

  it('accepts a board whose cards are null', () =>
    expect(refusal({ name: 'x', lists: [], cards: null })).toBe('accepted'));
});

describe('strange but readable boards', () => {
  const board = (cards: unknown, more: object = {}) => ({
    id: 'b',
    name: 'Board',
    lists: [{ id: 'l1', name: 'To do', pos: 1 }],
    cards,
    ...more,
  });
  const titles = (cards: unknown, more?: object) =>
    planOf(board(cards, more)).tasks.map((t) => t.final.title);

  it('takes a number as a name', () => expect(titles([{ id: 'c', name: 42 }])).toEqual(['42']));

  it('keeps a card without id, and one on an unknown list', () => {
    expect(titles([{ name: 'No id' }, { id: 'c', name: 'Lost', idList: 'nowhere' }])).toEqual([
      'No id',
      'Lost',
    ]);
  });

  it('counts and keeps elements that are no cards', () => {
    const plan = planOf(board([null, 5, 'x', [], { id: 'c', name: 'Real' }]));
    expect(plan.tasks).toHaveLength(1);
    expect(plan.ledger.rows).toContainEqual(
      expect.objectContaining({
        object: 'card',
        field: '*',
        found: 4,
        mapped: 1,
        kept_raw: 3,
        note: 'not an object; task',
      }),
    );
    expect(plan.ledger.totals.reconciled).toBe(true);
  });

  it('imports the first of two cards with one id and keeps the other', () => {
    const plan = planOf(
      board([
        { id: 'c', name: 'First' },
        { id: 'c', name: 'Second', labels: [{ id: 'x', name: 'L' }] },
      ]),
    );
    expect(plan.tasks.map((t) => t.final.title)).toEqual(['First']);
    expect(plan.raw).toContainEqual({ kind: 'card', raw: [expect.objectContaining({ name: 'Second' })] });
  });

  it('shortens what is too long, never half a character, and says so', () => {
    const long = `${'x'.repeat(499)}😀 and more`;
    const plan = planOf(board([{ id: 'c', name: long, desc: 'd'.repeat(10_000_000) }]));
    expect(plan.tasks[0]?.final.title).toBe('x'.repeat(499));
    expect(plan.tasks[0]?.final.description).toHaveLength(100_000);
    expect(plan.tasks[0]?.raw).toMatchObject({ card: { name: long } });
    expect(plan.ledger.rows.find((r) => r.object === 'card' && r.field === 'name')?.note).toMatch(
      /shortened.*kept raw/,
    );
  });

  it('cleans control characters and halves of characters', () => {
    expect(titles([{ id: 'c', name: 'a\u0000b\ud800c\nd' }])).toEqual(['ab\ufffdc d']);
  });

  it('is not fooled by fields called like inherited ones', () => {
    const json = JSON.parse(
      `{"name":"x","__proto__":{"lists":[1]},"constructor":[{"a":1}],"lists":[],"cards":[{"id":"c","name":"n","__proto__":{"closed":true},"toString":5}]}`,
    );
    const plan = planOf(json);
    expect(plan.tasks[0]?.final.archived).toBe(false);
    expect(plan.ledger.totals.reconciled).toBe(true);
    expect(plan.ledger.rows.map((r) => r.object)).toContain('constructor');
  });

  it('ignores dates that do not exist', () => {
    const plan = planOf(
      board([{ id: 'c', name: 'n', due: '2023-02-31', start: 'tomorrow', dateLastActivity: 7 }]),
    );
    expect(plan.tasks[0]?.final).toMatchObject({ due_date: null, start_date: null });
  });

  it('calls a number JSON cannot write again lost', () => {
    const plan = planOf(JSON.parse('{"name":"x","lists":[],"cards":[{"id":"c","name":"n","votes":1e999}]}'));
    expect(plan.ledger.totals).toMatchObject({ lost: 1, reconciled: true });
  });

  it('reads the labels of 2013, which are colours', () => {
    const plan = planOf(board([{ id: 'c', name: 'n', labels: ['red'] }], { labelNames: { red: 'Urgent' } }));
    expect(plan.labels).toEqual([expect.objectContaining({ name: 'Urgent', color: 'red' })]);
    expect(plan.tasks[0]?.final.labels).toHaveLength(1);
  });
});
