import { encodeId } from '@gantry/contracts';
import { statement } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import type { StatusRow } from '../statuses/statuses.store.ts';
import { recordUpdate } from './task-changes.ts';
import { countSubtasks, TASK_COLUMNS, type TaskRow } from './tasks.store.ts';

const CHUNK = 200;
const take = statement<TaskRow & { deleted_at: string | null }>(
  'task.take-status',
  `select ${TASK_COLUMNS}, deleted_at from tasks where project_id = $1 and status_id = $2 order by id limit ${CHUNK} for no key update`,
);
const give = statement<TaskRow>(
  'task.give-status',
  `update tasks set status_id = $2, status = $3, completed_at = case when $4 then coalesce(completed_at, now()) end, version = version + 1, updated_at = now()
   where id = any($1) returning ${TASK_COLUMNS}`,
);

/** Gives every task of one status another, in transactions of 200, so that other writers are not held up. */
export async function moveStatusOfTasks(ctx: Ctx, from: StatusRow, to: StatusRow): Promise<void> {
  const facts = await requireProject(ctx, encodeId('project', from.project_id), 'status.manage');
  for (let moved = CHUNK; moved === CHUNK; ) {
    moved = await ctx.prepare(async (tx) => {
      const rows = await tx.query(take, [from.project_id, from.id]);
      if (rows.length === 0) return 0;
      const after = await tx.query(give, [rows.map((row) => row.id), to.id, to.key, to.category === 'done']);
      const before = new Map(rows.map((row) => [row.id, row]));
      for (const row of after) {
        const was = before.get(row.id);
        if (!was || was.deleted_at !== null) continue;
        recordUpdate(tx, was, row, facts.key);
        const done = (row.completed_at === null ? 0 : 1) - (was.completed_at === null ? 0 : 1);
        if (row.parent_id) await countSubtasks(tx, row.parent_id, 0, done);
      }
      return rows.length;
    });
  }
}
