import { encodeId, type Id, newId, ranksAfter } from '@gantry/contracts';
import { DEFAULT_STATUSES, type Status, type StatusCategory, statusCreated } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';
import { tasksStream } from '../context.ts';

export interface StatusRow {
  id: string;
  project_id: string;
  workspace_id: string;
  key: string;
  name: string;
  category: StatusCategory;
  color: Status['color'];
  rank: string;
  archived: boolean;
  version: number;
}

export function statusOf(row: StatusRow): Status {
  return {
    id: encodeId('status', row.id),
    project_id: encodeId('project', row.project_id),
    key: row.key,
    name: row.name,
    category: row.category,
    color: row.color,
    rank: row.rank,
    archived: row.archived,
    version: row.version,
  };
}

const insert = statement<StatusRow>(
  'status.insert',
  `insert into statuses (id, project_id, workspace_id, key, name, category, color, rank, archived)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning *`,
);
const lockCounter = statement(
  'status.lock-counter',
  'insert into project_counter as c (project_id, last_number) values ($1, 0) on conflict (project_id) do update set last_number = c.last_number',
);
const list = statement<StatusRow>(
  'status.list',
  'select * from statuses where project_id = $1 order by rank, id',
);
const lockAll = statement<StatusRow>(
  'status.lock-all',
  'select * from statuses where project_id = $1 order by rank, id for update',
);
const update = statement<StatusRow>(
  'status.update',
  'update statuses set name = $2, category = $3, color = $4, rank = $5, archived = $6, version = version + 1 where id = $1 returning *',
);
const remove = statement('status.delete', 'delete from statuses where id = $1');
const inUse = statement<{ live: boolean; any: boolean }>(
  'status.in-use',
  `select exists (select from tasks where status_id = $1 and project_id = $2 and deleted_at is null) as live,
          exists (select from tasks where status_id = $1 and project_id = $2) as any`,
);

/** Inserts a status and logs it; undefined if its key, name or id is taken. */
export async function insertStatus(
  tx: Transaction,
  s: Omit<Status, 'version' | 'archived'> & { archived?: boolean },
  workspaceId: Id<'workspace'>,
): Promise<StatusRow | undefined> {
  const project = uuidIn('project', s.project_id);
  const [row] = await tx.query(insert, [
    uuidIn('status', s.id),
    project,
    uuidIn('workspace', workspaceId),
    s.key,
    s.name,
    s.category,
    s.color,
    s.rank,
    s.archived ?? false,
  ]);
  if (row) {
    tx.record(statusCreated, {
      stream: tasksStream(project),
      workspaceId,
      entityId: s.id,
      root: s.project_id,
      version: 1,
      after: statusOf(row),
    });
  }
  return row;
}

/** Gives a project without statuses its first ones. Harmless to repeat; two at once make one set. */
export async function seedStatuses(
  tx: Transaction,
  projectId: Id<'project'>,
  workspaceId: Id<'workspace'>,
): Promise<void> {
  const project = uuidIn('project', projectId);
  await tx.query(lockCounter, [project]);
  if ((await listStatusRows(tx, project)).length > 0) return;
  const ranks = ranksAfter(null, DEFAULT_STATUSES.length);
  for (const [i, s] of DEFAULT_STATUSES.entries()) {
    await insertStatus(
      tx,
      { id: newId('status'), project_id: projectId, ...s, rank: ranks[i] as string },
      workspaceId,
    );
  }
}

export function listStatusRows(db: Queryable, projectUuid: string): Promise<StatusRow[]> {
  return db.query(list, [projectUuid]);
}

/** All statuses of a project, locked, so that names, keys and "the last one" hold until commit. */
export function lockStatuses(tx: Transaction, projectUuid: string): Promise<StatusRow[]> {
  return tx.query(lockAll, [projectUuid]);
}

export async function saveStatus(tx: Transaction, row: StatusRow): Promise<StatusRow> {
  return (
    await tx.query(update, [row.id, row.name, row.category, row.color, row.rank, row.archived])
  )[0] as StatusRow;
}

export async function deleteStatusRow(tx: Transaction, uuid: string): Promise<void> {
  await tx.query(remove, [uuid]);
}

/** Whether tasks have a status; `any` counts those in the trash too. */
export async function statusInUse(db: Queryable, row: StatusRow): Promise<{ live: boolean; any: boolean }> {
  return (await db.query(inUse, [row.id, row.project_id]))[0] ?? { live: false, any: false };
}
