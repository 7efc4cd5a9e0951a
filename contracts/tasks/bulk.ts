import { type Static, Type } from 'typebox';
import { defineRoute } from '../kernel/route.ts';
import { IdOf, Strict } from '../kernel/schema.ts';
import { taskErrors } from './errors.ts';
import { labelIds, projectParams, taskFields, userIds } from './fields.ts';

/** Most tasks one bulk update takes. */
export const BULK_LIMIT = 1_000;

/** A field of the edit that every task of the list gets. What belongs to one task alone (title, rank, parent) is not among them. */
const BulkEdit = Type.Partial(
  Strict({
    status_id: taskFields.status_id,
    status: taskFields.status,
    priority: taskFields.priority,
    assigned_to_id: taskFields.assigned_to_id,
    start_date: taskFields.start_date,
    due_date: taskFields.due_date,
    archived: taskFields.archived,
    add_assignee_ids: userIds,
    remove_assignee_ids: userIds,
    add_label_ids: labelIds,
    remove_label_ids: labelIds,
  }),
  { additionalProperties: false, minProperties: 1 },
);

export const BulkRefusal = Type.Object({
  task_id: IdOf('task'),
  code: Type.String({
    description:
      '`not_found`: no task of this project. Else the code of the error that ended the work before it.',
  }),
  detail: Type.String(),
});
export type BulkRefusal = Static<typeof BulkRefusal>;

export const BulkResult = Type.Object({
  batch_id: IdOf('batch', { description: 'Carried by every change made; undo takes it.' }),
  changed: Type.Array(IdOf('task')),
  unchanged: Type.Array(IdOf('task', { description: 'Had these values already.' })),
  refused: Type.Array(BulkRefusal),
});
export type BulkResult = Static<typeof BulkResult>;

export const bulkRoutes = {
  bulkUpdateTasks: defineRoute({
    id: 'bulkUpdateTasks',
    method: 'POST',
    path: '/projects/{project_id}/tasks/bulk',
    status: 200,
    summary:
      'Give up to 1,000 tasks of a project the same edit, in one batch. Written in parts of 200, so that others are not held up; the answer says of each task what became of it. 404 if none of them is in the project.',
    params: projectParams,
    body: Strict({
      task_ids: Type.Array(IdOf('task'), { minItems: 1, maxItems: BULK_LIMIT, uniqueItems: true }),
      edit: BulkEdit,
      batch_id: Type.Optional(
        IdOf('batch', {
          description: 'Made by the client, so that it can undo even if it never hears the answer.',
        }),
      ),
    }),
    response: BulkResult,
    errors: taskErrors,
  }),
} as const;
