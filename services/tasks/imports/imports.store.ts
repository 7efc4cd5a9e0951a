import { encodeId, type Id, uuidv7 } from '@gantry/contracts';
import type { ImportCounts, ImportJob, Ledger } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction } from '@gantry/kit';
import type { PlanInput } from './planner.ts';
import type { WrittenRefs } from './write-columns.ts';

export interface ImportRow {
  id: string;
  workspace_id: string;
  project_id: string;
  user_id: string;
  source: string;
  file_name: string | null;
  file_key: string | null;
  dry_run: boolean;
  state: ImportJob['state'];
  done: number;
  total: number;
  next_task: number;
  skipped: number;
  plan_input: PlanInput;
  refs: WrittenRefs | null;
  counts: ImportCounts;
  ledger: Ledger;
  error: string | null;
  batch_id: string | null;
  created_at: string;
  finished_at: string | null;
}

export function importOf(row: ImportRow): ImportJob {
  return {
    id: encodeId('import', row.id),
    project_id: encodeId('project', row.project_id),
    source: row.source,
    file_name: row.file_name,
    dry_run: row.dry_run,
    state: row.state,
    done: row.done,
    total: row.total,
    skipped: row.skipped,
    counts: row.counts,
    ledger: row.ledger,
    error: row.error,
    batch_id: row.batch_id === null ? null : encodeId('batch', row.batch_id),
    created_at: row.created_at,
    finished_at: row.finished_at,
  };
}

const insert = statement<ImportRow>(
  'import.insert',
  `insert into import_jobs (id, workspace_id, project_id, user_id, source, file_name, file_key, dry_run, state, total,
     plan_input, counts, ledger, batch_id, finished_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, case when $8 then now() end) returning *`,
);
const get = statement<ImportRow>('import.get', 'select * from import_jobs where id = $1 and project_id = $2');
const list = statement<ImportRow>(
  'import.list',
  'select * from import_jobs where project_id = $1 order by created_at desc, id desc limit $2 offset $3',
);
const count = statement<{ n: number }>(
  'import.count',
  'select count(*) as n from import_jobs where project_id = $1',
);
const open = statement<ImportRow>(
  'import.open',
  `select * from import_jobs where state in ('queued', 'running') order by created_at, id`,
);
const openIn = statement<{ id: string }>(
  'import.open-in',
  `select id from import_jobs where project_id = $1 and state in ('queued', 'running')`,
);
const lock = statement<ImportRow>(
  'import.lock',
  `select * from import_jobs where id = $1 and state in ('queued', 'running') for update`,
);
const begin = statement<ImportRow>(
  'import.begin',
  `update import_jobs set state = 'running', refs = $2 where id = $1 returning *`,
);
const advance = statement<ImportRow>(
  'import.advance',
  'update import_jobs set next_task = $2, done = done + $3, skipped = skipped + $4 where id = $1 returning *',
);
const finish = statement(
  'import.finish',
  `update import_jobs set state = $2, error = $3, file_key = null, finished_at = now()
   where id = $1 and state in ('queued', 'running')`,
);
const keepRaw = statement(
  'import.keep-raw',
  `insert into import_raw (id, import_id, workspace_id, project_id, task_id, kind, raw)
   select r.id, $1, $2, $3, r.task_id, r.kind, r.raw::json
   from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) as r(id, task_id, kind, raw)`,
);
const lastRank = statement<{ rank: string | null }>(
  'import.last-rank',
  'select max(rank) as rank from tasks where project_id = $1 and deleted_at is null',
);

const anyTask = statement<{ any: boolean }>(
  'import.any-task',
  'select exists (select from tasks where project_id = $1) as any',
);

export type NewImport = Pick<
  ImportRow,
  'id' | 'workspace_id' | 'project_id' | 'user_id' | 'source' | 'file_name' | 'file_key' | 'dry_run' | 'total'
> &
  Pick<ImportRow, 'plan_input' | 'counts' | 'ledger' | 'batch_id'>;

/** Throws a duplicate of `import_jobs_open` if another import of the project is open. */
export async function insertImport(tx: Transaction, job: NewImport): Promise<ImportRow> {
  const [row] = await tx.query(insert, [
    job.id,
    job.workspace_id,
    job.project_id,
    job.user_id,
    job.source,
    job.file_name,
    job.file_key,
    job.dry_run,
    job.dry_run ? 'done' : 'queued',
    job.total,
    JSON.stringify(job.plan_input),
    JSON.stringify(job.counts),
    JSON.stringify(job.ledger),
    job.batch_id,
  ]);
  return row as ImportRow;
}

export async function findImport(db: Queryable, uuid: string, projectUuid: string): Promise<ImportRow[]> {
  return db.query(get, [uuid, projectUuid]);
}

export async function listImportRows(db: Queryable, projectUuid: string, limit: number, offset: number) {
  const [rows, [total]] = await Promise.all([
    db.query(list, [projectUuid, limit, offset]),
    db.query(count, [projectUuid]),
  ]);
  return { rows, total: total?.n ?? 0 };
}

/** Imports that are queued or running, oldest first. */
export function openImports(db: Queryable): Promise<ImportRow[]> {
  return db.query(open);
}

export async function hasOpenImport(db: Queryable, projectUuid: string): Promise<boolean> {
  return (await db.query(openIn, [projectUuid])).length > 0;
}

/** The import, locked until commit; undefined if it has ended. */
export async function lockImport(tx: Transaction, uuid: string): Promise<ImportRow | undefined> {
  return (await tx.query(lock, [uuid]))[0];
}

export async function beginImport(tx: Transaction, uuid: string, refs: WrittenRefs): Promise<ImportRow> {
  return (await tx.query(begin, [uuid, JSON.stringify(refs)]))[0] as ImportRow;
}

export async function advanceImport(
  tx: Transaction,
  uuid: string,
  step: { nextTask: number; done: number; skipped: number },
): Promise<ImportRow> {
  return (await tx.query(advance, [uuid, step.nextTask, step.done, step.skipped]))[0] as ImportRow;
}

export async function finishImport(tx: Transaction, uuid: string, error: string | null): Promise<void> {
  await tx.query(finish, [uuid, error === null ? 'done' : 'failed', error]);
}

/** Stores source objects word for word; `raw` is their JSON as text. */
export async function insertRaw(
  tx: Transaction,
  job: ImportRow,
  parts: readonly { taskUuid: string | null; kind: string; raw: string }[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.query(keepRaw, [
    job.id,
    job.workspace_id,
    job.project_id,
    parts.map(() => uuidv7()),
    parts.map((part) => part.taskUuid),
    parts.map((part) => part.kind),
    parts.map((part) => part.raw),
  ]);
}

/** Rank of the last task of the project, in the database's order. */
export async function lastTaskRank(db: Queryable, projectUuid: string): Promise<string | null> {
  return (await db.query(lastRank, [projectUuid]))[0]?.rank ?? null;
}

/** Whether the project has or had a task. */
export async function hasTasks(db: Queryable, projectUuid: string): Promise<boolean> {
  return (await db.query(anyTask, [projectUuid]))[0]?.any ?? false;
}

export function startedBy(row: ImportRow): Id<'user'> {
  return encodeId('user', row.user_id);
}
