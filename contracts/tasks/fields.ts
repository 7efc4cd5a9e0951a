import { Type } from 'typebox';
import { Enum, IdOf, Line, Nullable, PlainDate, Strict, Text } from '../kernel/schema.ts';
import { PRIORITIES } from './entities.ts';

/** What task routes have in common: path parameters, and the fields a task is edited by. */
export const projectParams = Strict({ project_id: IdOf('project') });
export const taskParams = Strict({ task_id: IdOf('task') });
export const commentParams = Strict({ task_id: IdOf('task'), comment_id: IdOf('comment') });
export const statusParams = Strict({ project_id: IdOf('project'), status_id: IdOf('status') });
export const labelParams = Strict({ project_id: IdOf('project'), label_id: IdOf('label') });

export const rankSchema = Type.String({ format: 'rank', maxLength: 200 });
export const taskFields = {
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
export const userIds = Type.Array(IdOf('user'), { maxItems: 50, uniqueItems: true });
export const labelIds = Type.Array(IdOf('label'), { maxItems: 50, uniqueItems: true });
