import { type Queryable, statement, type Transaction } from '@gantry/kit';
import type { CommentRow } from '../comments/comments.store.ts';
import type { TaskRow } from '../tasks/tasks.store.ts';
import type { ImportRow } from './imports.store.ts';

/** Rows of many at once: one statement a table and chunk, from a JSON array. */

const existing = statement<{ external_id: string; task_id: string }>(
  'import.existing-tasks',
  `select r.external_id, r.task_id from import_refs r join tasks t on t.id = r.task_id and t.deleted_at is null
   where r.project_id = $1 and r.source = $2 and r.external_id = any($3)`,
);
const remember = statement(
  'import.remember-tasks',
  `insert into import_refs (project_id, source, workspace_id, external_id, task_id)
   select $1, $2, $3, r.external_id, r.task_id from unnest($4::text[], $5::uuid[]) as r(external_id, task_id)
   on conflict on constraint import_refs_once do update set task_id = excluded.task_id`,
);
const numbers = statement<{ last_number: number }>(
  'import.numbers',
  `insert into project_counter as c (project_id, last_number) values ($1, $2)
   on conflict (project_id) do update set last_number = c.last_number + $2 returning last_number`,
);
const COLUMNS = `id, workspace_id, project_id, number, title, description, status, status_id, priority, assigned_to_id,
  assignee_ids, label_ids, parent_id, start_date, due_date, rank, comment_count, subtask_count, subtask_done_count,
  archived, created_by_id, external, completed_at, version, created_at, updated_at`;
const addTasks = statement(
  'import.tasks',
  `insert into tasks (${COLUMNS}) select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as t(
     id uuid, workspace_id uuid, project_id uuid, number int, title text, description text, status text, status_id uuid,
     priority text, assigned_to_id uuid, assignee_ids uuid[], label_ids uuid[], parent_id uuid, start_date date,
     due_date date, rank text, comment_count int, subtask_count int, subtask_done_count int, archived boolean,
     created_by_id uuid, external jsonb, completed_at timestamptz, version int, created_at timestamptz, updated_at timestamptz)`,
);
const addComments = statement(
  'import.comments',
  `insert into comments (id, task_id, project_id, workspace_id, external_author, content, edited, version, created_at, updated_at)
   select c.id, c.task_id, c.project_id, c.workspace_id, c.external_author, c.content, c.edited, c.version, c.created_at, c.updated_at
   from jsonb_to_recordset($1::jsonb) as c(id uuid, task_id uuid, project_id uuid, workspace_id uuid, external_author jsonb,
     content text, edited boolean, version int, created_at timestamptz, updated_at timestamptz)`,
);
const countSubtasks = statement(
  'import.count-subtasks',
  `update tasks t set subtask_count = t.subtask_count + p.count, subtask_done_count = t.subtask_done_count + p.done
   from unnest($1::uuid[], $2::int[], $3::int[]) as p(id, count, done) where t.id = p.id`,
);

/** Tasks of the project that these foreign objects became already, as UUIDs by foreign id. */
export async function tasksOf(
  db: Queryable,
  job: ImportRow,
  externalIds: string[],
): Promise<Map<string, string>> {
  const rows = await db.query(existing, [job.project_id, job.source, externalIds]);
  return new Map(rows.map((row) => [row.external_id, row.task_id]));
}

export async function insertRefs(
  tx: Transaction,
  job: ImportRow,
  made: ReadonlyMap<string, string>,
): Promise<void> {
  if (made.size > 0)
    await tx.query(remember, [
      job.project_id,
      job.source,
      job.workspace_id,
      [...made.keys()],
      [...made.values()],
    ]);
}

/**
 * Takes the project's next numbers and gives the first. Outside of the transaction that uses them, so that nobody
 * waits for its end; a crash in between leaves a gap.
 */
export async function reserveNumbers(db: Queryable, projectUuid: string, count: number): Promise<number> {
  if (count === 0) return 0;
  const [row] = await db.query(numbers, [projectUuid, count]);
  return (row?.last_number ?? 0) - count + 1;
}

export async function insertTasks(tx: Transaction, rows: readonly TaskRow[]): Promise<void> {
  if (rows.length > 0) await tx.query(addTasks, [JSON.stringify(rows)]);
}

export async function insertComments(tx: Transaction, rows: readonly CommentRow[]): Promise<void> {
  if (rows.length > 0) await tx.query(addComments, [JSON.stringify(rows)]);
}

/** Adds to the counts of parents that were there before. */
export async function addToParents(
  tx: Transaction,
  parents: ReadonlyMap<string, { count: number; done: number }>,
): Promise<void> {
  if (parents.size === 0) return;
  const counts = [...parents.values()];
  await tx.query(countSubtasks, [[...parents.keys()], counts.map((c) => c.count), counts.map((c) => c.done)]);
}
