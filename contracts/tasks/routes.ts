import { Type } from 'typebox';
import { ChangePage } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import {
  Enum,
  IdOf,
  Line,
  ListOf,
  Nullable,
  PageQuery,
  PlainDate,
  SortQuery,
  Strict,
  Text,
} from '../kernel/schema.ts';
import { COLORS, Comment, Label, PRIORITIES, STATUS_CATEGORIES, Status, Task } from './entities.ts';
import { taskErrors } from './errors.ts';
import { ImportJob, importBodyLimit, importErrors } from './imports.ts';

const projectParams = Strict({ project_id: IdOf('project') });
const taskParams = Strict({ task_id: IdOf('task') });
const commentParams = Strict({ task_id: IdOf('task'), comment_id: IdOf('comment') });
const statusParams = Strict({ project_id: IdOf('project'), status_id: IdOf('status') });
const labelParams = Strict({ project_id: IdOf('project'), label_id: IdOf('label') });

const rankSchema = Type.String({ format: 'rank', maxLength: 200 });
const taskFields = {
  title: Line(500),
  description: Text(100_000),
  status_id: IdOf('status'),
  status: Type.String({
    maxLength: 40,
    pattern: '^[a-z0-9_]+$',
    description: 'Key of the status, instead of status_id.',
  }),
  priority: Enum(PRIORITIES),
  assigned_to_id: Nullable(IdOf('user')),
  parent_id: Nullable(IdOf('task')),
  start_date: Nullable(PlainDate),
  due_date: Nullable(PlainDate),
  rank: rankSchema,
  archived: Type.Boolean(),
};
const userIds = Type.Array(IdOf('user'), { maxItems: 50, uniqueItems: true });
const labelIds = Type.Array(IdOf('label'), { maxItems: 50, uniqueItems: true });

/** Filters every task list takes; values of one parameter are alternatives, parameters narrow. */
const taskFilters = {
  status: Type.Optional(
    Type.String({
      maxLength: 500,
      pattern: '^[a-z0-9_]+(,[a-z0-9_]+)*$',
      description: 'Status keys, comma-separated.',
    }),
  ),
  priority: Type.Optional(
    Type.String({ maxLength: 60, pattern: `^(${PRIORITIES.join('|')})(,(${PRIORITIES.join('|')}))*$` }),
  ),
  assigned_to_id: Type.Optional(IdOf('user')),
  label_id: Type.Optional(IdOf('label')),
  parent_id: Type.Optional(IdOf('task')),
  due_before: Type.Optional(PlainDate),
  due_after: Type.Optional(PlainDate),
  archived: Type.Optional(
    Type.Boolean({ description: 'Only archived ones (true), or only others (false, default).' }),
  ),
  q: Type.Optional(Line(200, { description: 'Part of the title, or a task key.' })),
  filter: Type.Optional(
    Line(2_000, {
      description:
        'A filter text such as `status:started assignee:me due:<7d sort:-priority`; see docs/filters.md.',
    }),
  ),
  time_zone: Type.Optional(
    Line(64, { description: 'IANA name that days in `filter` are judged in; UTC if left out.' }),
  ),
};

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const tasksRoutes = {
  listTasks: defineRoute({
    id: 'listTasks',
    method: 'GET',
    path: '/projects/{project_id}/tasks',
    status: 200,
    summary: 'Tasks of a project',
    params: projectParams,
    query: Strict({
      ...PageQuery,
      ...taskFilters,
      sort: SortQuery(['rank', 'number', 'title', 'priority', 'due_date', 'created_at', 'updated_at']),
    }),
    response: ListOf(Task),
    errors: taskErrors,
  }),
  createTask: defineRoute({
    id: 'createTask',
    method: 'POST',
    path: '/projects/{project_id}/tasks',
    status: 201,
    summary: 'Make a task',
    params: projectParams,
    body: Strict({
      id: Type.Optional(IdOf('task')),
      title: taskFields.title,
      description: Type.Optional(taskFields.description),
      status_id: Type.Optional(taskFields.status_id),
      status: Type.Optional(taskFields.status),
      priority: Type.Optional(taskFields.priority),
      assigned_to_id: Type.Optional(taskFields.assigned_to_id),
      assignee_ids: Type.Optional(userIds),
      label_ids: Type.Optional(labelIds),
      parent_id: Type.Optional(taskFields.parent_id),
      start_date: Type.Optional(taskFields.start_date),
      due_date: Type.Optional(taskFields.due_date),
      rank: Type.Optional(taskFields.rank),
    }),
    response: Task,
    errors: taskErrors,
  }),
  getTask: defineRoute({
    id: 'getTask',
    method: 'GET',
    path: '/tasks/{task_id}',
    status: 200,
    summary: 'One task',
    params: taskParams,
    response: Task,
  }),
  updateTask: defineRoute({
    id: 'updateTask',
    method: 'PATCH',
    path: '/tasks/{task_id}',
    status: 200,
    summary: 'Change the named fields of a task; sets change by add and remove',
    params: taskParams,
    body: Type.Partial(
      Strict({
        ...taskFields,
        add_assignee_ids: userIds,
        remove_assignee_ids: userIds,
        add_label_ids: labelIds,
        remove_label_ids: labelIds,
        base: Type.Integer({
          minimum: 0,
          description:
            'The seq of the project stream this was made against; the answer lists what was overwritten since.',
        }),
      }),
      { additionalProperties: false },
    ),
    response: Type.Object({
      ...Task.properties,
      overwritten: Type.Optional(
        Type.Array(
          Type.Object({
            field: Type.String(),
            value: Type.Unknown(),
            actor: Nullable(IdOf('user')),
            seq: Type.Integer(),
          }),
        ),
      ),
    }),
    errors: taskErrors,
  }),
  replaceTask: defineRoute({
    id: 'replaceTask',
    method: 'PUT',
    path: '/tasks/{task_id}',
    status: 200,
    summary: 'Replace every editable field of a task; what is left out returns to its default',
    params: taskParams,
    body: Strict({
      title: taskFields.title,
      description: Type.Optional(taskFields.description),
      status_id: Type.Optional(taskFields.status_id),
      status: Type.Optional(taskFields.status),
      priority: Type.Optional(taskFields.priority),
      assigned_to_id: Type.Optional(taskFields.assigned_to_id),
      due_date: Type.Optional(taskFields.due_date),
      start_date: Type.Optional(taskFields.start_date),
    }),
    response: Task,
    errors: taskErrors,
  }),
  deleteTask: defineRoute({
    id: 'deleteTask',
    method: 'DELETE',
    path: '/tasks/{task_id}',
    status: 204,
    summary: 'Move a task and its subtasks to the trash (restorable for 30 days)',
    params: taskParams,
  }),
  restoreTask: defineRoute({
    id: 'restoreTask',
    method: 'POST',
    path: '/tasks/{task_id}/restore',
    status: 200,
    summary: 'Take a task back from the trash',
    params: taskParams,
    response: Task,
  }),
  getTaskHistory: defineRoute({
    id: 'getTaskHistory',
    method: 'GET',
    path: '/tasks/{task_id}/history',
    status: 200,
    summary: 'Every change of a task, its comments included, newest first',
    params: taskParams,
    query: Strict({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
      before_seq: Type.Optional(Seq),
    }),
    response: ChangePage,
  }),

  listComments: defineRoute({
    id: 'listComments',
    method: 'GET',
    path: '/tasks/{task_id}/comments',
    status: 200,
    summary: 'Comments of a task, oldest first',
    params: taskParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(Comment),
  }),
  addComment: defineRoute({
    id: 'addComment',
    method: 'POST',
    path: '/tasks/{task_id}/comments',
    status: 201,
    summary: 'Comment on a task',
    params: taskParams,
    body: Strict({ id: Type.Optional(IdOf('comment')), content: Text(50_000, { min: 1 }) }),
    response: Comment,
    errors: taskErrors,
  }),
  updateComment: defineRoute({
    id: 'updateComment',
    method: 'PATCH',
    path: '/tasks/{task_id}/comments/{comment_id}',
    status: 200,
    summary: 'Edit my comment',
    params: commentParams,
    body: Strict({ content: Text(50_000, { min: 1 }) }),
    response: Comment,
    errors: taskErrors,
  }),
  deleteComment: defineRoute({
    id: 'deleteComment',
    method: 'DELETE',
    path: '/tasks/{task_id}/comments/{comment_id}',
    status: 204,
    summary: 'Delete a comment',
    params: commentParams,
    errors: taskErrors,
  }),

  listStatuses: defineRoute({
    id: 'listStatuses',
    method: 'GET',
    path: '/projects/{project_id}/statuses',
    status: 200,
    summary: 'Statuses of a project, in board order',
    params: projectParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(Status),
  }),
  createStatus: defineRoute({
    id: 'createStatus',
    method: 'POST',
    path: '/projects/{project_id}/statuses',
    status: 201,
    summary: 'Add a status (a board column)',
    params: projectParams,
    body: Strict({
      id: Type.Optional(IdOf('status')),
      name: Line(60),
      category: Enum(STATUS_CATEGORIES),
      color: Type.Optional(Enum(COLORS)),
      rank: Type.Optional(rankSchema),
    }),
    response: Status,
    errors: taskErrors,
  }),
  updateStatus: defineRoute({
    id: 'updateStatus',
    method: 'PATCH',
    path: '/projects/{project_id}/statuses/{status_id}',
    status: 200,
    summary: 'Rename, recolour or move a status',
    params: statusParams,
    body: Type.Partial(
      Strict({
        name: Line(60),
        category: Enum(STATUS_CATEGORIES),
        color: Enum(COLORS),
        rank: rankSchema,
        archived: Type.Boolean(),
      }),
      { additionalProperties: false },
    ),
    response: Status,
    errors: taskErrors,
  }),
  deleteStatus: defineRoute({
    id: 'deleteStatus',
    method: 'DELETE',
    path: '/projects/{project_id}/statuses/{status_id}',
    status: 204,
    summary: 'Delete a status; its tasks move to another',
    params: statusParams,
    query: Strict({ move_to: Type.Optional(IdOf('status')) }),
    errors: taskErrors,
  }),
  listLabels: defineRoute({
    id: 'listLabels',
    method: 'GET',
    path: '/projects/{project_id}/labels',
    status: 200,
    summary: 'Labels of a project',
    params: projectParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(Label),
  }),
  createLabel: defineRoute({
    id: 'createLabel',
    method: 'POST',
    path: '/projects/{project_id}/labels',
    status: 201,
    summary: 'Add a label',
    params: projectParams,
    body: Strict({ id: Type.Optional(IdOf('label')), name: Line(60), color: Type.Optional(Enum(COLORS)) }),
    response: Label,
    errors: taskErrors,
  }),
  updateLabel: defineRoute({
    id: 'updateLabel',
    method: 'PATCH',
    path: '/projects/{project_id}/labels/{label_id}',
    status: 200,
    summary: 'Rename or recolour a label',
    params: labelParams,
    body: Type.Partial(Strict({ name: Line(60), color: Enum(COLORS) }), { additionalProperties: false }),
    response: Label,
    errors: taskErrors,
  }),
  deleteLabel: defineRoute({
    id: 'deleteLabel',
    method: 'DELETE',
    path: '/projects/{project_id}/labels/{label_id}',
    status: 204,
    summary: 'Delete a label and take it off every task',
    params: labelParams,
  }),

  getSnapshot: defineRoute({
    id: 'getSnapshot',
    method: 'GET',
    path: '/projects/{project_id}/snapshot',
    status: 200,
    raw: { response: 'ndjson' },
    summary:
      'Everything of a project to keep a live copy: first a line with the stream and its seq, then pages of rows, then an end line. Apply later changes on top.',
    params: projectParams,
  }),
  getChanges: defineRoute({
    id: 'getChanges',
    method: 'GET',
    path: '/projects/{project_id}/changes',
    status: 200,
    summary: 'Changes of a project after a seq, in order',
    params: projectParams,
    query: Strict({
      after: Seq,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })),
    }),
    response: ChangePage,
  }),

  createImport: defineRoute({
    id: 'createImport',
    method: 'POST',
    path: '/projects/{project_id}/imports',
    status: 202,
    raw: { body: 'stream' },
    bodyLimit: importBodyLimit,
    summary:
      'Import a Trello board export into a project; with dry_run only count what would happen. The body is the JSON file itself.',
    params: projectParams,
    query: Strict({
      source: Enum(['trello'] as const),
      dry_run: Type.Optional(Type.Boolean({ default: false })),
      file_name: Type.Optional(Line(255)),
    }),
    response: ImportJob,
    errors: importErrors,
    also: ['body_too_large'],
  }),
  listImports: defineRoute({
    id: 'listImports',
    method: 'GET',
    path: '/projects/{project_id}/imports',
    status: 200,
    summary: 'Imports into a project, newest first',
    params: projectParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(ImportJob),
  }),
  getImport: defineRoute({
    id: 'getImport',
    method: 'GET',
    path: '/projects/{project_id}/imports/{import_id}',
    status: 200,
    summary: 'Progress and loss ledger of an import',
    params: Strict({ project_id: IdOf('project'), import_id: IdOf('import') }),
    response: ImportJob,
  }),
} as const;
