import { statement, type Transaction } from '@gantry/kit';
import { TASK_COLUMNS, type TaskRow } from '../tasks/tasks.store.ts';

const lock = statement<TaskRow>(
  'bulk.lock',
  `select ${TASK_COLUMNS} from tasks where id = any($1) and project_id = $2 and deleted_at is null
   order by id for no key update`,
);
const save = statement<TaskRow>(
  'bulk.save',
  `update tasks t set status = x.status, status_id = x.status_id, priority = x.priority,
     assigned_to_id = x.assigned_to_id, assignee_ids = x.assignee_ids, label_ids = x.label_ids,
     start_date = x.start_date, due_date = x.due_date, rank = x.rank, archived = x.archived,
     completed_at = x.completed_at, version = t.version + 1, updated_at = now()
   from jsonb_to_recordset($1::jsonb) as x(id uuid, status text, status_id uuid, priority text, assigned_to_id uuid,
     assignee_ids uuid[], label_ids uuid[], start_date date, due_date date, rank text, archived boolean,
     completed_at timestamptz(3))
   where t.id = x.id returning ${TASK_COLUMNS.split(', ')
     .map((column) => `t.${column}`)
     .join(', ')}`,
);

/** Locks those of these tasks that are in the project, in the order of their ids, so that two batches never wait in a circle. */
export function lockTasks(
  tx: Transaction,
  projectUuid: string,
  taskUuids: readonly string[],
): Promise<TaskRow[]> {
  return tx.query(lock, [taskUuids, projectUuid]);
}

/** Saves what a bulk edit can change of these rows, in one statement. */
export async function saveTasks(tx: Transaction, rows: readonly TaskRow[]): Promise<Map<string, TaskRow>> {
  const saved = rows.length === 0 ? [] : await tx.query(save, [JSON.stringify(rows)]);
  return new Map(saved.map((row) => [row.id, row]));
}
