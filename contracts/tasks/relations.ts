import { type Static, Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineErrors } from '../kernel/errors.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Instant, Nullable, Strict } from '../kernel/schema.ts';
import { STATUS_CATEGORIES } from './entities.ts';
import { taskErrors } from './errors.ts';
import { taskParams } from './fields.ts';

/** What one task is to another, seen from the task it is asked of. */
export const RELATION_TYPES = ['blocks', 'blocked_by', 'duplicates', 'duplicated_by', 'relates'] as const;
export type RelationType = (typeof RELATION_TYPES)[number];
/** Most relations of one task. */
export const RELATIONS_LIMIT = 200;

export const relationErrors = defineErrors({
  blocking_cycle: {
    status: 422,
    title: 'The tasks would block each other in a circle',
    detail: 'Remove one of the relations that lead back to this task first.',
  },
  related_to_itself: {
    status: 422,
    title: 'A task cannot be related to itself',
    detail: 'Choose another task.',
  },
  other_workspace: {
    status: 422,
    title: 'The tasks are of two workspaces',
    detail: 'Relate tasks of one workspace.',
  },
  too_many_relations: {
    status: 422,
    title: 'A task has too many relations',
    detail: `A task has ${RELATIONS_LIMIT} relations at most; remove some first.`,
  },
});

export const Relation = Type.Object({
  id: IdOf('relation'),
  type: Enum(RELATION_TYPES),
  task_id: IdOf('task', { description: 'The other task.' }),
  project_id: IdOf('project'),
  key: Type.String(),
  title: Type.String(),
  status: Type.String(),
  category: Nullable(Enum(STATUS_CATEGORIES)),
  created_by_id: Nullable(IdOf('user')),
  created_at: Instant,
});
export type Relation = Static<typeof Relation>;

/**
 * Logged for both tasks, each in its own project and seen from it. The other task is only an id: whoever may not see
 * its project learns no more of it.
 */
const LoggedRelation = Type.Object({
  type: Enum(RELATION_TYPES),
  task_id: IdOf('task', { description: 'The task whose history this is.' }),
  other_task_id: IdOf('task'),
});
export const relationCreated = defineEvent({
  name: 'task.relation.created',
  owner: 'tasks',
  entity: 'relation',
  op: 'created',
  v: 1,
  after: LoggedRelation,
});
export const relationDeleted = defineEvent({
  name: 'task.relation.deleted',
  owner: 'tasks',
  entity: 'relation',
  op: 'deleted',
  v: 1,
  after: Type.Object({ task_id: IdOf('task') }),
});

export const relationRoutes = {
  listRelations: defineRoute({
    id: 'listRelations',
    method: 'GET',
    path: '/tasks/{task_id}/relations',
    status: 200,
    summary:
      'What a task blocks, is blocked by, duplicates or relates to. Tasks you may not see are left out and not counted.',
    params: taskParams,
    response: Type.Object({ data: Type.Array(Relation) }),
  }),
  addRelation: defineRoute({
    id: 'addRelation',
    method: 'POST',
    path: '/tasks/{task_id}/relations',
    status: 201,
    summary:
      'Relate a task to another of the same workspace. Relating them so again answers the relation there is.',
    params: taskParams,
    body: Strict({
      id: Type.Optional(IdOf('relation')),
      type: Enum(RELATION_TYPES),
      task_id: IdOf('task'),
    }),
    response: Relation,
    errors: { ...taskErrors, ...relationErrors },
  }),
  removeRelation: defineRoute({
    id: 'removeRelation',
    method: 'DELETE',
    path: '/tasks/{task_id}/relations/{relation_id}',
    status: 204,
    summary: 'Remove a relation, from either of its tasks',
    params: Strict({ task_id: IdOf('task'), relation_id: IdOf('relation') }),
    errors: taskErrors,
  }),
} as const;
