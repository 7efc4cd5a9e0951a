import { type Static, Type } from 'typebox';
import { ExternalActor } from '../kernel/change.ts';
import { Enum, IdOf, Instant, Nullable, PlainDate } from '../kernel/schema.ts';

export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];
/** What a status means to metrics and to "done". */
export const STATUS_CATEGORIES = ['backlog', 'unstarted', 'started', 'done', 'canceled'] as const;
export type StatusCategory = (typeof STATUS_CATEGORIES)[number];
/** Statuses a new project gets, in order: key, name, category, colour. */
export const DEFAULT_STATUSES = [
  { key: 'backlog', name: 'Backlog', category: 'backlog', color: 'gray' },
  { key: 'todo', name: 'To do', category: 'unstarted', color: 'slate' },
  { key: 'in_progress', name: 'In progress', category: 'started', color: 'amber' },
  { key: 'in_review', name: 'In review', category: 'started', color: 'violet' },
  { key: 'done', name: 'Done', category: 'done', color: 'green' },
  { key: 'canceled', name: 'Canceled', category: 'canceled', color: 'gray' },
] as const;
export const COLORS = [
  'gray',
  'slate',
  'red',
  'orange',
  'amber',
  'yellow',
  'lime',
  'green',
  'teal',
  'sky',
  'blue',
  'violet',
  'purple',
  'pink',
] as const;
export type Color = (typeof COLORS)[number];

export const Status = Type.Object({
  id: IdOf('status'),
  project_id: IdOf('project'),
  key: Type.String({ description: 'Stable machine name, unique in the project.' }),
  name: Type.String(),
  category: Enum(STATUS_CATEGORIES),
  color: Enum(COLORS),
  rank: Type.String(),
  archived: Type.Boolean({ description: 'Not offered any more; its tasks keep it.' }),
  version: Type.Integer(),
});
export type Status = Static<typeof Status>;

export const Label = Type.Object({
  id: IdOf('label'),
  project_id: IdOf('project'),
  name: Type.String(),
  color: Enum(COLORS),
  version: Type.Integer(),
});
export type Label = Static<typeof Label>;

export const Task = Type.Object({
  id: IdOf('task'),
  workspace_id: IdOf('workspace'),
  project_id: IdOf('project'),
  key: Type.String({ description: 'Readable key, such as WEB-42.' }),
  number: Type.Integer(),
  title: Type.String(),
  description: Type.String({ description: 'Markdown.' }),
  status: Type.String({ description: 'Stable key of the status.' }),
  status_id: IdOf('status'),
  priority: Enum(PRIORITIES),
  assigned_to_id: Nullable(IdOf('user', { description: 'The first assignee.' })),
  assignee_ids: Type.Array(IdOf('user')),
  label_ids: Type.Array(IdOf('label')),
  parent_id: Nullable(IdOf('task')),
  start_date: Nullable(PlainDate),
  due_date: Nullable(PlainDate),
  rank: Type.String(),
  comment_count: Type.Integer(),
  subtask_count: Type.Integer(),
  subtask_done_count: Type.Integer(),
  archived: Type.Boolean(),
  created_by_id: Nullable(IdOf('user')),
  external: Nullable(
    Type.Object({
      source: Type.String(),
      id: Type.String(),
      url: Nullable(Type.String()),
      people: Type.Array(Type.String({ description: 'Names of assignees there who have no account here.' })),
      links: Type.Array(Type.Object({ name: Type.String(), url: Type.String() })),
    }),
  ),
  completed_at: Nullable(Instant),
  version: Type.Integer(),
  created_at: Instant,
  updated_at: Instant,
});
export type Task = Static<typeof Task>;

export const Comment = Type.Object({
  id: IdOf('comment'),
  task_id: IdOf('task'),
  user_id: Nullable(IdOf('user')),
  external_author: Nullable(ExternalActor),
  content: Type.String({ description: 'Markdown.' }),
  edited: Type.Boolean(),
  version: Type.Integer(),
  created_at: Instant,
  updated_at: Instant,
});
export type Comment = Static<typeof Comment>;

/** One line of a snapshot. First `head`, then pages, last `end` with the counts the reader can check. */
export type SnapshotLine =
  | { type: 'head'; stream: string; seq: number; project_id: string }
  | { type: 'statuses'; data: Status[] }
  | { type: 'labels'; data: Label[] }
  | { type: 'tasks'; data: Task[] }
  | { type: 'end'; tasks: number };
