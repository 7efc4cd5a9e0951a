import { expect, test } from 'vitest';
import { aTask } from '../../sync/testing/fakes.ts';
import type { ColumnHandle } from './board-context.ts';
import { keyAction } from './key-action.ts';

const columns = { todo: ['a', 'b', 'c'], empty: [], done: ['x'] } as const;
const handles = new Map<string, ColumnHandle>(
  Object.entries(columns).map(([id, ids]) => [
    id,
    { ids: () => ids, focus: () => undefined, compose: () => undefined },
  ]),
);
const on = (id: string, status: string, combo: string, mayEdit = true) =>
  keyAction(combo, {
    task: aTask({ id, status_id: status }),
    columns: Object.keys(columns),
    handles,
    mayEdit,
  });

test('arrows and J, K move the focus; sideways it skips empty columns', () => {
  expect(on('a', 'todo', 'ArrowDown')).toEqual({ kind: 'focus', statusId: 'todo', taskId: 'b' });
  expect(on('b', 'todo', 'k')).toEqual({ kind: 'focus', statusId: 'todo', taskId: 'a' });
  expect(on('c', 'todo', 'j')).toBeNull();
  expect(on('c', 'todo', 'ArrowRight')).toEqual({ kind: 'focus', statusId: 'done', taskId: 'x' });
  expect(on('x', 'done', 'ArrowRight')).toBeNull();
});

test('Shift or Alt with an arrow moves the card', () => {
  expect(on('a', 'todo', 'Shift+ArrowDown')).toEqual({
    kind: 'move',
    statusId: 'todo',
    place: { after: 'b' },
  });
  expect(on('b', 'todo', 'Alt+ArrowUp')).toEqual({ kind: 'move', statusId: 'todo', place: { before: 'a' } });
  expect(on('a', 'todo', 'Shift+ArrowRight')).toEqual({ kind: 'move', statusId: 'empty', place: 'end' });
  expect(on('x', 'done', 'Shift+ArrowRight')).toBeNull();
});

test('who may only read moves nothing and picks nothing, but can still walk', () => {
  expect(on('a', 'todo', 'Shift+ArrowDown', false)).toBeNull();
  expect(on('a', 'todo', 's', false)).toBeNull();
  expect(on('a', 'todo', 'ArrowDown', false)).toMatchObject({ kind: 'focus' });
});

test('letters open the pickers', () => {
  expect(on('a', 'todo', 'l')).toEqual({ kind: 'pick', field: 'labels' });
  expect(on('a', 'todo', 'Mod+l')).toBeNull();
});
