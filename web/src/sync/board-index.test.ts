import { newId, ranksAfter } from '@gantry/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoardIndex } from './board-index.ts';
import { Draft, EMPTY_PROJECT, type ProjectState } from './project-state.ts';
import { aTask } from './testing/fakes.ts';

const IDS = Array.from({ length: 8 }, () => newId('task'));
const STATUSES = ['s1', 's2', 's3'];
const RANKS = ranksAfter(null, 5);

const steps = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    status: fc.constantFrom(...STATUSES),
    rank: fc.constantFrom(...RANKS),
    parent: fc.option(fc.constantFrom(...IDS), { nil: null }),
    archived: fc.boolean(),
    drop: fc.boolean(),
  }),
  { maxLength: 40 },
);

function listsOf(index: BoardIndex): unknown {
  return [STATUSES.map((id) => index.column(id)), IDS.map((id) => index.childrenOf(id))];
}

test('kept up step by step, it is what building it anew gives', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const kept = new BoardIndex();
      let state: ProjectState = EMPTY_PROJECT;
      for (const step of all) {
        const draft = new Draft(state);
        if (step.drop) draft.dropTask(step.id);
        else
          draft.putTask(
            aTask({
              id: step.id,
              status_id: step.status,
              rank: step.rank,
              parent_id: step.parent,
              archived: step.archived,
            }),
          );
        state = draft.state;
        kept.update(state, draft.touched);
      }
      const anew = new BoardIndex();
      anew.rebuild(state);
      expect(listsOf(kept)).toEqual(listsOf(anew));
    }),
  );
});

test('a change of the title moves nothing and tells no list', () => {
  const task = aTask({ status_id: 's1' });
  const index = new BoardIndex();
  const state = { ...EMPTY_PROJECT, tasks: new Map([[task.id, task]]) };
  index.rebuild(state);
  const before = index.column('s1');
  const draft = new Draft(state);
  draft.putTask({ ...task, title: 'Other', version: 2 });
  expect([...index.update(draft.state, draft.touched)]).toEqual([]);
  expect(index.column('s1')).toBe(before);
});
