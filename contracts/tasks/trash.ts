import { type Static, Type } from 'typebox';
import { defineRoute } from '../kernel/route.ts';
import { IdOf, Instant, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';
import { Task } from './entities.ts';
import { projectParams } from './fields.ts';

/** Days after which what is in the trash is removed for good. */
export const TRASH_DAYS = 30;

export const TrashedTask = Type.Object({
  ...Task.properties,
  deleted_at: Instant,
  deleted_by_id: Nullable(IdOf('user')),
  deleted_with_it: Type.Integer({ description: 'Subtasks that were deleted with it and come back with it.' }),
});
export type TrashedTask = Static<typeof TrashedTask>;

export const trashRoutes = {
  listTrash: defineRoute({
    id: 'listTrash',
    method: 'GET',
    path: '/projects/{project_id}/trash',
    status: 200,
    summary: 'Deleted tasks of a project, latest first; each can be restored with what was deleted with it',
    params: projectParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(TrashedTask),
  }),
} as const;
