import { expect, test } from 'vitest';
import { aChange } from '../../sync/testing/fakes.ts';
import { type HistoryNames, historyText } from './history-text.ts';

const names: HistoryNames = {
  person: (id) => ({ u1: 'Ada', u2: 'Lin' })[id] ?? 'Former member',
  status: (id) => ({ s1: 'To do', s2: 'Done' })[String(id)] ?? 'a deleted status',
  label: () => 'Bug',
  task: () => 'WEB-1',
};
const told = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  historyText(aChange(1, { before, after }), names);

test('changes read as sentences', () => {
  expect(told({ status_id: 's1', rank: 'a' }, { status_id: 's2', rank: 'b' })).toBe(
    'moved this from To do to Done',
  );
  expect(told({ assignee_ids: ['u1'] }, { assignee_ids: ['u2'] })).toBe('assigned Lin and unassigned Ada');
  expect(told({ priority: 'none' }, { priority: 'high' })).toBe('set the priority to High');
  expect(told({ title: 'a', description: '' }, { title: 'b', description: 'c' })).toBe(
    'renamed this to “b” and changed the description',
  );
});

test('a mere change of place is not worth telling', () => {
  expect(told({ rank: 'a' }, { rank: 'b' })).toBeNull();
});
