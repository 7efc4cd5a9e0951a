import { encodeId, type Id, type List } from '@gantry/contracts';
import type { TrashedTask } from '@gantry/contracts/tasks';
import { listOf, pageOf, statement, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { TASK_COLUMNS, type TaskRow, taskOf } from './tasks.store.ts';

interface TrashRow extends TaskRow {
  deleted_at: string;
  deleted_by: string | null;
  with_it: number;
}

const list = statement<TrashRow>(
  'trash.list',
  `select ${TASK_COLUMNS}, deleted_at,
     (select c.actor from log_change c where c.root = t.id and c.stream = $4 and c.event = 'task.deleted' order by c.seq desc limit 1) as deleted_by,
     (select count(*) from tasks s where s.project_id = $1 and s.deleted_at = t.deleted_at and s.deleted_with = t.id and s.id <> t.id) as with_it
   from tasks t where project_id = $1 and deleted_at is not null and deleted_with = id
   order by deleted_at desc, id limit $2 offset $3`,
);
const total = statement<{ n: number }>(
  'trash.total',
  'select count(*) as n from tasks where project_id = $1 and deleted_at is not null and deleted_with = id',
);

export async function listTrash(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { page?: number; limit?: number },
): Promise<List<TrashedTask>> {
  const facts = await requireProject(ctx, projectId, 'task.view');
  const project = uuidIn('project', projectId);
  const page = pageOf(query);
  const [rows, [count]] = await Promise.all([
    ctx.db.query(list, [project, page.limit, page.offset, tasksStream(project)]),
    ctx.db.query(total, [project]),
  ]);
  const data = rows.map((row) => ({
    ...taskOf(row, facts.key),
    deleted_at: row.deleted_at,
    deleted_by_id: row.deleted_by === null ? null : encodeId('user', row.deleted_by),
    deleted_with_it: row.with_it,
  }));
  return listOf(data, count?.n ?? 0, page);
}
