import { encodeId, type Id } from '@gantry/contracts';
import type { Priority, Task } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';
import type { StatusRow } from '../statuses/statuses.store.ts';

export interface TaskRow {
  id: string;
  workspace_id: string;
  project_id: string;
  number: number;
  title: string;
  description: string;
  status: string;
  status_id: string;
  priority: Priority;
  assigned_to_id: string | null;
  assignee_ids: string[];
  label_ids: string[];
  parent_id: string | null;
  start_date: string | null;
  due_date: string | null;
  rank: string;
  comment_count: number;
  subtask_count: number;
  subtask_done_count: number;
  archived: boolean;
  created_by_id: string | null;
  external: Task['external'];
  completed_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

/** Columns of a task as readers need them; what an import keeps raw stays behind. */
export const TASK_COLUMNS = [
  'id',
  'workspace_id',
  'project_id',
  'number',
  'title',
  'description',
  'status',
  'status_id',
  'priority',
  'assigned_to_id',
  'assignee_ids',
  'label_ids',
  'parent_id',
  'start_date',
  'due_date',
  'rank',
  'comment_count',
  'subtask_count',
  'subtask_done_count',
  'archived',
  'created_by_id',
  'external',
  'completed_at',
  'version',
  'created_at',
  'updated_at',
].join(', ');

const user = (uuid: string): Id<'user'> => encodeId('user', uuid);

/** The task as the API returns it. `keyPrefix` is the project's. */
export function taskOf(row: TaskRow, keyPrefix: string): Task {
  return {
    id: encodeId('task', row.id),
    workspace_id: encodeId('workspace', row.workspace_id),
    project_id: encodeId('project', row.project_id),
    key: `${keyPrefix}-${row.number}`,
    number: row.number,
    title: row.title,
    description: row.description,
    status: row.status,
    status_id: encodeId('status', row.status_id),
    priority: row.priority,
    assigned_to_id: row.assigned_to_id === null ? null : user(row.assigned_to_id),
    assignee_ids: row.assignee_ids.map(user),
    label_ids: row.label_ids.map((uuid) => encodeId('label', uuid)),
    parent_id: row.parent_id === null ? null : encodeId('task', row.parent_id),
    start_date: row.start_date,
    due_date: row.due_date,
    rank: row.rank,
    comment_count: row.comment_count,
    subtask_count: row.subtask_count,
    subtask_done_count: row.subtask_done_count,
    archived: row.archived,
    created_by_id: row.created_by_id === null ? null : user(row.created_by_id),
    external: row.external,
    completed_at: row.completed_at,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const get = statement<TaskRow>(
  'task.get',
  `select ${TASK_COLUMNS} from tasks where id = $1 and deleted_at is null`,
);
const getTrashed = statement<TaskRow>(
  'task.get-trashed',
  `select ${TASK_COLUMNS} from tasks where id = $1 and deleted_at is not null`,
);
const lock = statement<TaskRow>(
  'task.lock',
  `select ${TASK_COLUMNS} from tasks where id = $1 and deleted_at is null for no key update`,
);
const bottom = statement<{ rank: string | null }>(
  'task.bottom',
  'select max(rank) as rank from tasks where project_id = $1 and status_id = $2 and deleted_at is null',
);
const columns = statement<StatusRow & { bottom: string | null }>(
  'task.columns',
  `select s.*, case when s.id = $2 or s.key = $3 or ($2 is null and $3 is null and s.category = 'unstarted' and not s.archived) then
       (select max(t.rank) from tasks t where t.project_id = s.project_id and t.status_id = s.id and t.deleted_at is null) end as bottom
   from statuses s where s.project_id = $1 order by s.rank, s.id`,
);
const insert = statement<TaskRow>(
  'task.insert',
  `with counter as (
     insert into project_counter as c (project_id, last_number) values ($3, 1)
     on conflict (project_id) do update set last_number = c.last_number + 1 returning last_number)
   insert into tasks (id, workspace_id, project_id, number, title, description, status, status_id, priority, assigned_to_id, assignee_ids,
     label_ids, parent_id, start_date, due_date, rank, created_by_id, completed_at)
   select $1, $2, $3, counter.last_number, $4, $5, $6, $7, $8, ($9::uuid[])[1], $9, $10, $11, $12, $13, $14, $15, $16 from counter
   returning ${TASK_COLUMNS}`,
);
const update = statement<TaskRow>(
  'task.update',
  `update tasks set title = $2, description = $3, status = $4, status_id = $5, priority = $6, assigned_to_id = ($7::uuid[])[1], assignee_ids = $7,
     label_ids = $8, parent_id = $9, start_date = $10, due_date = $11, rank = $12, archived = $13, completed_at = $14,
     version = version + 1, updated_at = now()
   where id = $1 returning ${TASK_COLUMNS}`,
);
const knownLabels = statement<{ id: string }>(
  'task.known-labels',
  'select id from labels where project_id = $1 and id = any($2)',
);
const parentOf = statement<{ id: string }>(
  'task.parent',
  'select id from tasks where id = $1 and project_id = $2 and deleted_at is null for no key update',
);
const ancestors = statement<{ id: string }>(
  'task.ancestors',
  `with recursive up as (select id, parent_id, 1 as depth from tasks where id = $1
     union all select t.id, t.parent_id, up.depth + 1 from tasks t join up on t.id = up.parent_id where up.depth < 1000)
   select id from up`,
);
const countSubtask = statement(
  'task.count-subtask',
  'update tasks set subtask_count = subtask_count + $2, subtask_done_count = subtask_done_count + $3 where id = $1',
);
const trash = statement<TaskRow & { deleted_at: string }>(
  'task.trash',
  `with recursive down as (select id from tasks where id = $1 and deleted_at is null
     union select t.id from tasks t join down on t.parent_id = down.id where t.deleted_at is null)
   update tasks set deleted_at = now(), deleted_with = $1, version = version + 1 where id in (select id from down) returning ${TASK_COLUMNS}, deleted_at`,
);
const restore = statement<TaskRow>(
  'task.restore',
  `update tasks set deleted_at = null, deleted_with = null, version = version + 1, updated_at = now()
   where deleted_with = $1 and deleted_at is not null returning ${TASK_COLUMNS}`,
);
const page = statement<TaskRow>(
  'task.page',
  `select ${TASK_COLUMNS} from tasks where project_id = $1 and deleted_at is null and id > $2 order by id limit $3`,
);

export async function getTaskRow(db: Queryable, id: Id<'task'>): Promise<TaskRow | undefined> {
  return (await db.query(get, [uuidIn('task', id)]))[0];
}

export async function getTrashedTaskRow(db: Queryable, id: Id<'task'>): Promise<TaskRow | undefined> {
  return (await db.query(getTrashed, [uuidIn('task', id)]))[0];
}

export async function lockTask(tx: Transaction, id: Id<'task'>): Promise<TaskRow | undefined> {
  return (await tx.query(lock, [uuidIn('task', id)]))[0];
}

/** Rank of the last task in a column, null if it is empty. */
export async function bottomRank(
  db: Queryable,
  projectUuid: string,
  statusUuid: string,
): Promise<string | null> {
  return (await db.query(bottom, [projectUuid, statusUuid]))[0]?.rank ?? null;
}

/**
 * Statuses in board order, and the rank of the last task in the one asked for (in the unstarted ones if none is):
 * what a new task needs to know, in one question.
 */
export function statusesWithBottom(
  db: Queryable,
  projectUuid: string,
  wanted: { uuid: string | null; key: string | null },
): Promise<(StatusRow & { bottom: string | null })[]> {
  return db.query(columns, [projectUuid, wanted.uuid, wanted.key]);
}

export type TaskInsert = Pick<
  TaskRow,
  | 'id'
  | 'workspace_id'
  | 'project_id'
  | 'title'
  | 'description'
  | 'status'
  | 'status_id'
  | 'priority'
  | 'assignee_ids'
  | 'label_ids'
  | 'parent_id'
  | 'start_date'
  | 'due_date'
  | 'rank'
  | 'created_by_id'
  | 'completed_at'
>;

/** Inserts a task with the next number of its project; the number's row stays locked until commit. */
export async function insertTask(tx: Transaction, t: TaskInsert): Promise<TaskRow> {
  const rows = await tx.query(insert, [
    t.id,
    t.workspace_id,
    t.project_id,
    t.title,
    t.description,
    t.status,
    t.status_id,
    t.priority,
    t.assignee_ids,
    t.label_ids,
    t.parent_id,
    t.start_date,
    t.due_date,
    t.rank,
    t.created_by_id,
    t.completed_at,
  ]);
  return rows[0] as TaskRow;
}

export async function saveTask(tx: Transaction, t: TaskRow): Promise<TaskRow> {
  const rows = await tx.query(update, [
    t.id,
    t.title,
    t.description,
    t.status,
    t.status_id,
    t.priority,
    t.assignee_ids,
    t.label_ids,
    t.parent_id,
    t.start_date,
    t.due_date,
    t.rank,
    t.archived,
    t.completed_at,
  ]);
  return rows[0] as TaskRow;
}

/** True if all these labels belong to the project. */
export async function labelsExist(
  db: Queryable,
  projectUuid: string,
  labelUuids: string[],
): Promise<boolean> {
  if (labelUuids.length === 0) return true;
  return (await db.query(knownLabels, [projectUuid, labelUuids])).length === labelUuids.length;
}

/** Locks a task of the project so that it can become a parent. False if there is none. */
export async function lockParent(tx: Transaction, projectUuid: string, parentUuid: string): Promise<boolean> {
  return (await tx.query(parentOf, [parentUuid, projectUuid])).length === 1;
}

/** UUIDs of a task and everything above it. */
export async function ancestorsOf(tx: Transaction, taskUuid: string): Promise<Set<string>> {
  return new Set((await tx.query(ancestors, [taskUuid])).map((row) => row.id));
}

/** Adjusts what a parent shows of its subtasks. */
export async function countSubtasks(
  tx: Transaction,
  parentUuid: string,
  total: number,
  done: number,
): Promise<void> {
  if (total !== 0 || done !== 0) await tx.query(countSubtask, [parentUuid, total, done]);
}

/** Moves a task and all below it to the trash; gives the rows that went. */
export function trashTasks(tx: Transaction, taskUuid: string): Promise<(TaskRow & { deleted_at: string })[]> {
  return tx.query(trash, [taskUuid]);
}

/** Takes back what was trashed together with this task. */
export function restoreTasks(tx: Transaction, taskUuid: string): Promise<TaskRow[]> {
  return tx.query(restore, [taskUuid]);
}

/** Every task of a project in pages by id, archived ones included, those in the trash not. */
export async function* taskPages(
  db: Queryable,
  projectUuid: string,
  size: number,
): AsyncGenerator<TaskRow[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.query(page, [projectUuid, after, size]);
    if (rows.length > 0) yield rows;
    if (rows.length < size) return;
    after = (rows.at(-1) as TaskRow).id;
  }
}
