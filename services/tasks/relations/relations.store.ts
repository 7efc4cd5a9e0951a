import type { StatusCategory } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction } from '@gantry/kit';

export type RelationKind = 'blocks' | 'duplicates' | 'relates';

export interface RelationRow {
  id: string;
  workspace_id: string;
  kind: RelationKind;
  from_task_id: string;
  to_task_id: string;
  created_by_id: string | null;
  created_at: string;
}

/** A relation with the task at its other end. */
export interface RelatedRow extends RelationRow {
  other_id: string;
  project_id: string;
  number: number;
  title: string;
  status: string;
  category: StatusCategory | null;
}

/** One writer of relations at a time in a workspace, so that two of them cannot close a circle together. */
const lockAll = statement(
  'relation.lock-workspace',
  `select pg_advisory_xact_lock(hashtextextended('relations ' || $1::uuid, 0))`,
);
const lockTwo = statement<{ id: string; project_id: string }>(
  'relation.lock-tasks',
  'select id, project_id from tasks where id = any($1) and deleted_at is null order by id for share',
);
const insert = statement<RelationRow>(
  'relation.insert',
  `insert into relations (id, workspace_id, kind, from_task_id, to_task_id, created_by_id)
   values ($1, $2, $3, $4, $5, $6) on conflict on constraint relations_once do nothing returning *`,
);
const find = statement<RelationRow>(
  'relation.find',
  'select * from relations where from_task_id = $1 and kind = $2 and to_task_id = $3',
);
const reaches = statement<{ found: number }>(
  'relation.reaches',
  `with recursive ahead as (select $1::uuid as id
     union select r.to_task_id from relations r join ahead on r.from_task_id = ahead.id and r.kind = 'blocks')
   select 1 as found from ahead where id = $2`,
);
const counts = statement<{ n: number }>(
  'relation.count',
  'select count(*) as n from relations where from_task_id = $1 or to_task_id = $1',
);
const list = statement<RelatedRow>(
  'relation.list',
  `select r.*, t.id as other_id, t.project_id, t.number, t.title, t.status, s.category
   from relations r join tasks t on t.id = case when r.from_task_id = $1 then r.to_task_id else r.from_task_id end
   left join statuses s on s.id = t.status_id
   where (r.from_task_id = $1 or r.to_task_id = $1) and t.deleted_at is null order by r.created_at, r.id`,
);
const ofTask = statement<RelatedRow>(
  'relation.of-task',
  `select r.*, t.id as other_id, t.project_id, t.number, t.title, t.status, null::text as category
   from relations r join tasks t on t.id = case when r.from_task_id = $2 then r.to_task_id else r.from_task_id end
   where r.id = $1 and (r.from_task_id = $2 or r.to_task_id = $2)`,
);
const remove = statement<RelationRow>('relation.remove', 'delete from relations where id = $1 returning *');

export async function lockRelations(tx: Transaction, workspaceUuid: string): Promise<void> {
  await tx.query(lockAll, [workspaceUuid]);
}

/** Keeps tasks where they are until commit; gives those that are not in the trash, with their projects. */
export async function holdTasks(tx: Transaction, uuids: string[]): Promise<Map<string, string>> {
  return new Map((await tx.query(lockTwo, [uuids])).map((row) => [row.id, row.project_id]));
}

/** Inserts the relation; undefined if the tasks are so related already. */
export async function insertRelation(
  tx: Transaction,
  row: Omit<RelationRow, 'created_at'>,
): Promise<RelationRow | undefined> {
  const { id, workspace_id, kind, from_task_id, to_task_id, created_by_id } = row;
  return (await tx.query(insert, [id, workspace_id, kind, from_task_id, to_task_id, created_by_id]))[0];
}

export async function findRelation(
  tx: Transaction,
  row: Pick<RelationRow, 'from_task_id' | 'kind' | 'to_task_id'>,
): Promise<RelationRow | undefined> {
  return (await tx.query(find, [row.from_task_id, row.kind, row.to_task_id]))[0];
}

/** True if blocking leads from one task to another; those in the trash count, as they may come back. */
export async function blockingLeads(tx: Transaction, fromUuid: string, toUuid: string): Promise<boolean> {
  return (await tx.query(reaches, [fromUuid, toUuid])).length > 0;
}

export async function countRelations(tx: Transaction, taskUuid: string): Promise<number> {
  return (await tx.query(counts, [taskUuid]))[0]?.n ?? 0;
}

export function listRelatedRows(db: Queryable, taskUuid: string): Promise<RelatedRow[]> {
  return db.query(list, [taskUuid]);
}

/** A relation found through one of its tasks. */
export async function relationOfTask(
  db: Queryable,
  relationUuid: string,
  taskUuid: string,
): Promise<RelatedRow | undefined> {
  return (await db.query(ofTask, [relationUuid, taskUuid]))[0];
}

export async function deleteRelation(tx: Transaction, uuid: string): Promise<RelationRow | undefined> {
  return (await tx.query(remove, [uuid]))[0];
}
