import { encodeId, type Id } from '@gantry/contracts';
import { taskDeleted, taskRestored } from '@gantry/contracts/tasks';
import type { Transaction } from '@gantry/kit';
import { tasksStream } from '../context.ts';
import { countSubtasks, getTaskRow, restoreTasks, saveTask, type TaskRow, taskOf } from './tasks.store.ts';

/** What the log says beside the deletion or restoring itself. Only the change of the task named first carries `undoes`. */
export interface TrashFacts {
  batchId?: Id<'batch'>;
  undoes?: Id<'change'> | null;
}

export function recordDeleted(
  tx: Transaction,
  row: TaskRow & { deleted_at: string },
  facts: TrashFacts = {},
): void {
  tx.record(taskDeleted, {
    stream: tasksStream(row.project_id),
    workspaceId: encodeId('workspace', row.workspace_id),
    entityId: encodeId('task', row.id),
    version: row.version,
    after: { deleted_at: row.deleted_at },
    ...facts,
  });
}

/**
 * Takes a task back with everything that was deleted with it, and logs each. Its parent may be gone meanwhile; then it
 * stands alone. Null if it was deleted together with a task above it.
 */
export async function bringBack(
  tx: Transaction,
  trashed: TaskRow,
  keyPrefix: string,
  facts: TrashFacts = {},
): Promise<TaskRow[] | null> {
  const rows = await restoreTasks(tx, trashed.id);
  const row = rows.find((r) => r.id === trashed.id);
  if (!row) return null;
  if (row.parent_id !== null) {
    const parentIsThere = await getTaskRow(tx, encodeId('task', row.parent_id));
    if (parentIsThere) await countSubtasks(tx, row.parent_id, 1, row.completed_at === null ? 0 : 1);
    else Object.assign(row, await saveTask(tx, { ...row, parent_id: null }));
  }
  for (const one of rows) {
    const task = taskOf(one, keyPrefix);
    tx.record(taskRestored, {
      stream: tasksStream(one.project_id),
      workspaceId: task.workspace_id,
      entityId: task.id,
      version: one.version,
      after: task,
      ...facts,
      undoes: one.id === row.id ? (facts.undoes ?? null) : null,
    });
  }
  return rows;
}
