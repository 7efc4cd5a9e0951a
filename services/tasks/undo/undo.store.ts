import type { Change, Id } from '@gantry/contracts';
import {
  CHANGE_COLUMNS,
  type Queryable,
  readHistory,
  statement,
  type Transaction,
  uuidIn,
} from '@gantry/kit';
import { TASK_COLUMNS, type TaskRow } from '../tasks/tasks.store.ts';

/** A change by its id, if it is in this stream. */
export async function changeIn(db: Queryable, stream: string, id: Id<'change'>): Promise<Change | undefined> {
  const [change] = await readHistory(db, {
    sql: `select ${CHANGE_COLUMNS} from log_change where id = $1 and stream = $2`,
    parameters: [uuidIn('change', id), stream],
  });
  return change;
}

/**
 * Changes of a batch in a stream, latest first. What happened within the batch to a task that it made is left out:
 * it goes with the task.
 */
export function changesOf(db: Queryable, stream: string, batch: Id<'batch'>): Promise<Change[]> {
  return readHistory(db, {
    sql: `select ${CHANGE_COLUMNS} from log_change c where batch_id = $1 and stream = $2
      and (event = 'task.created' or not exists (select from log_change made
        where made.batch_id = $1 and made.stream = $2 and made.event = 'task.created' and made.entity_id = c.root))
      order by seq desc`,
    parameters: [uuidIn('batch', batch), stream],
  });
}

const undone = statement<{ undoes: string }>(
  'undo.done',
  'select undoes from log_change where batch_id = $1 and undoes is not null',
);

/** UUIDs of the changes this batch has undone so far. */
export async function undoneBy(db: Queryable, batch: Id<'batch'>): Promise<Set<string>> {
  return new Set((await db.query(undone, [uuidIn('batch', batch)])).map((row) => row.undoes));
}

const live = statement<TaskRow>(
  'undo.live',
  `select ${TASK_COLUMNS} from tasks where id = any($1) and project_id = $2 and deleted_at is null
   order by id for no key update`,
);
const trashed = statement<TaskRow & { deleted_at: string; deleted_with: string }>(
  'undo.trashed',
  `select ${TASK_COLUMNS}, deleted_at, deleted_with from tasks where id = $1 and project_id = $2
   and deleted_at is not null for no key update`,
);
const parents = statement<{ id: string; parent_id: string | null }>(
  'undo.parents',
  'select id, parent_id from tasks where id = any($1)',
);
const otherChildren = statement<{ parent_id: string }>(
  'undo.other-children',
  'select distinct parent_id from tasks where parent_id = any($1) and not id = any($1) and deleted_at is null',
);
const touched = statement<{ id: string }>(
  'undo.touched',
  `select x.id from unnest($1::uuid[], $2::bigint[]) as x(id, seq) where exists (
     select from log_change c where c.root = x.id and c.stream = $3 and c.seq > x.seq and c.batch_id is distinct from $4
       and c.actor is distinct from $5 and c.event not in ('task.deleted', 'task.restored'))`,
);
const trash = statement<TaskRow & { deleted_at: string }>(
  'undo.trash',
  `update tasks t set deleted_at = now(), deleted_with = x.top, version = version + 1
   from unnest($1::uuid[], $2::uuid[]) as x(id, top) where t.id = x.id returning ${TASK_COLUMNS.split(', ')
     .map((column) => `t.${column}`)
     .join(', ')}, t.deleted_at`,
);

export function lockLive(tx: Transaction, projectUuid: string, uuids: string[]): Promise<TaskRow[]> {
  return tx.query(live, [uuids, projectUuid]);
}

export async function lockTrashed(
  tx: Transaction,
  projectUuid: string,
  uuid: string,
): Promise<(TaskRow & { deleted_at: string; deleted_with: string }) | undefined> {
  return (await tx.query(trashed, [uuid, projectUuid]))[0];
}

export async function parentsOf(db: Queryable, uuids: string[]): Promise<Map<string, string | null>> {
  return new Map((await db.query(parents, [uuids])).map((row) => [row.id, row.parent_id]));
}

/** Which of these tasks have subtasks, not in the trash, that are not among them. */
export async function withOtherChildren(tx: Transaction, uuids: string[]): Promise<Set<string>> {
  return new Set((await tx.query(otherChildren, [uuids])).map((row) => row.parent_id));
}

/** Which of these tasks somebody else than `actor` has changed or commented since, outside of the batch. */
export async function touchedSince(
  tx: Transaction,
  since: ReadonlyMap<string, number>,
  facts: { stream: string; batch: string; actor: string | null },
): Promise<Set<string>> {
  const rows = await tx.query(touched, [
    [...since.keys()],
    [...since.values()],
    facts.stream,
    facts.batch,
    facts.actor,
  ]);
  return new Set(rows.map((row) => row.id));
}

/** Moves tasks to the trash, each together with the topmost one it belongs to. */
export function trashWith(
  tx: Transaction,
  tops: ReadonlyMap<string, string>,
): Promise<(TaskRow & { deleted_at: string })[]> {
  return tx.query(trash, [[...tops.keys()], [...tops.values()]]);
}
