import { type Static, Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, ListOf, PageQuery, Strict } from '../kernel/schema.ts';
import { taskParams } from './fields.ts';

/** Why somebody watches a task; the first that is true is given. */
export const WATCH_REASONS = ['chosen', 'creator', 'assignee', 'commenter'] as const;

export const Watcher = Type.Object({ user_id: IdOf('user'), reason: Enum(WATCH_REASONS) });
export type Watcher = Static<typeof Watcher>;

export const Watching = Type.Object({
  task_id: IdOf('task'),
  user_id: IdOf('user'),
  watching: Type.Boolean({
    description: 'Chosen by the person; wins over being creator, assignee or commenter.',
  }),
});
export type Watching = Static<typeof Watching>;

export const watchChanged = defineEvent({
  name: 'task.watch.changed',
  owner: 'tasks',
  entity: 'watch',
  op: 'changed',
  v: 1,
  after: Watching,
});

export const watchRoutes = {
  listWatchers: defineRoute({
    id: 'listWatchers',
    method: 'GET',
    path: '/tasks/{task_id}/watchers',
    status: 200,
    summary:
      'Who watches a task: who chose to, and its creator, assignees and commenters unless they chose not to. Only people who can see it.',
    params: taskParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(Watcher),
  }),
  watchTask: defineRoute({
    id: 'watchTask',
    method: 'PUT',
    path: '/tasks/{task_id}/watch',
    status: 200,
    summary: 'Watch a task',
    params: taskParams,
    response: Watching,
  }),
  unwatchTask: defineRoute({
    id: 'unwatchTask',
    method: 'DELETE',
    path: '/tasks/{task_id}/watch',
    status: 204,
    summary: 'Do not watch a task, not even as its creator, assignee or commenter',
    params: taskParams,
  }),
} as const;
