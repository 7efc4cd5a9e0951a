import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeTrelloBoard } from '../../../tests/fixtures/trello/make-board.ts';
import { ImportRefused } from './refused.ts';
import { planOf } from './testing/boards.ts';

/** The sound board every mutation starts from. */
const text = JSON.stringify(makeTrelloBoard({ cards: 6, comments: 2, items: 3 }));

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    [null],
    [[]],
    '\u0000',
    '\ud800',
    'x'.repeat(5_000),
  ),
  fc.constantFrom<unknown>(
    '__proto__',
    'constructor',
    '2023-02-30T00:00:00Z',
    '9999999-01-01',
    'javascript:alert(1)',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Changes the value at a place found by walking down with `path`; returns the value that was there. */
function mutate(root: unknown, path: readonly number[], kind: number, value: unknown): void {
  let at = root as Record<string, unknown>;
  for (const [i, step] of path.entries()) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = keys[step % keys.length] as string;
    const child = at[key];
    const last = i === path.length - 1 || typeof child !== 'object' || child === null;
    if (!last) {
      at = child as Record<string, unknown>;
      continue;
    }
    if (kind === 0 && Array.isArray(at)) at.splice(Number(key), 1);
    else if (kind === 0) delete at[key];
    else if (kind === 1 && Array.isArray(at)) at.push(structuredClone(child), value);
    else if (kind === 2)
      Object.defineProperty(at, '__proto__', { value, enumerable: true, configurable: true, writable: true });
    else if (kind === 3 && Array.isArray(child)) child.reverse();
    else at[key] = value;
    return;
  }
}

it('never breaks on a damaged board, and its ledger always adds up', { timeout: 120_000 }, () => {
  const change = fc.record({
    path: fc.array(fc.nat(5_000), { minLength: 1, maxLength: 6 }),
    kind: fc.nat(6),
    value: hostile,
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const board = JSON.parse(text);
      for (const { path, kind, value } of changes) mutate(board, path, kind, value);
      try {
        const plan = planOf(board);
        expect(plan.ledger.totals.reconciled).toBe(true);
        for (const task of plan.tasks)
          expect(Object.assign({}, task.initial, ...task.history.map((change) => change.after))).toEqual(
            task.final,
          );
      } catch (error) {
        if (!(error instanceof ImportRefused)) throw error;
      }
    }),
    { numRuns: 600 },
  );
});

it('never breaks on any JSON at all', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (lists, cards, actions) => {
      for (const json of [
        lists,
        { name: 'x', lists, cards, actions },
        { name: 'x', lists: [], cards: [cards], actions: [actions] },
      ]) {
        try {
          expect(planOf(json).ledger.totals.reconciled).toBe(true);
        } catch (error) {
          if (!(error instanceof ImportRefused)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
});
