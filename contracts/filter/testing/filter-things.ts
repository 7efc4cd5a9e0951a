import { newId } from '../../kernel/ids.ts';
import type { Task } from '../../tasks/index.ts';
import type { FilterContext } from '../index.ts';

const projects = [
  { id: newId('project'), key: 'WEB', name: 'Website' },
  { id: newId('project'), key: 'APP', name: 'Mobile app' },
];
const statuses = [
  ['backlog', 'Backlog', 'backlog'],
  ['todo', 'To do', 'unstarted'],
  ['in_progress', 'In progress', 'started'],
  ['in_review', 'In review', 'started'],
  ['done', 'Done', 'done'],
  ['shipped', 'Shipped', 'done'],
  ['canceled', 'Canceled', 'canceled'],
].map(([key = '', name = '', category = '']) => ({ id: newId('status'), key, name, category }));
const labels = ['Bug', 'needs design', 'none'].map((name) => ({ id: newId('label'), name }));
const people = [
  { id: newId('user'), username: 'ada', name: 'Ada Lovelace', first_name: 'Ada' },
  { id: newId('user'), username: null, name: 'Grace Hopper', first_name: 'Grace' },
];

/** A Wednesday in a small workspace; I am Ada. */
export function aFilterContext(): FilterContext {
  const now = '2026-03-11T12:00:00.000Z';
  const me = people[0]?.id ?? null;
  return { now, timeZone: 'Europe/Berlin', me, people, statuses, labels, projects };
}

/** A task of WEB that is being worked on by Ada. */
export function aTask(more: Partial<Task>): Task {
  return {
    id: newId('task'),
    workspace_id: newId('workspace'),
    project_id: projects[0]?.id ?? '',
    key: `WEB-${more.number ?? 1}`,
    number: 1,
    title: 'Task',
    description: '',
    status: 'in_progress',
    status_id: statuses[2]?.id ?? '',
    priority: 'medium',
    assigned_to_id: people[0]?.id ?? null,
    assignee_ids: people.slice(0, 1).map((p) => p.id),
    label_ids: labels.slice(0, 1).map((l) => l.id),
    parent_id: null,
    start_date: null,
    due_date: null,
    rank: 'a',
    comment_count: 0,
    subtask_count: 0,
    subtask_done_count: 0,
    archived: false,
    created_by_id: null,
    external: null,
    completed_at: null,
    version: 1,
    created_at: '2026-03-01T12:00:00.000Z',
    updated_at: '2026-03-01T12:00:00.000Z',
    ...more,
  };
}
