import { encodeId, type Id, type ProjectRole } from '@gantry/contracts';
import type { Project } from '@gantry/contracts/projects';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';

export interface ProjectRow {
  id: string;
  workspace_id: string;
  key: string;
  name: string;
  description: string;
  status: string;
  visibility: string;
  owner_id: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

/** The project as the API returns it to somebody with this role. */
export function projectOf(row: ProjectRow, role: ProjectRole): Project {
  return {
    id: encodeId('project', row.id),
    workspace_id: encodeId('workspace', row.workspace_id),
    key: row.key,
    name: row.name,
    description: row.description,
    status: row.status as Project['status'],
    visibility: row.visibility as Project['visibility'],
    owner_id: row.owner_id === null ? null : encodeId('user', row.owner_id),
    role,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const insert = statement<ProjectRow>(
  'project.insert',
  `insert into projects (id, workspace_id, key, name, description, status, visibility, owner_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8) returning *`,
);
const lock = statement<ProjectRow>(
  'project.lock',
  'select * from projects where id = $1 and deleted_at is null for update',
);
const update = statement<ProjectRow>(
  'project.update',
  `update projects set name = $2, description = $3, status = $4, visibility = $5, version = version + 1, updated_at = now()
   where id = $1 returning *`,
);
const trash = statement<ProjectRow & { deleted_at: string }>(
  'project.trash',
  'update projects set deleted_at = now(), version = version + 1 where id = $1 returning *',
);
const keys = statement<{ key: string }>(
  'project.keys',
  "select key from projects where workspace_id = $1 and key like $2 || '%'",
);

export type ProjectInsert = Pick<
  Project,
  'id' | 'workspace_id' | 'key' | 'name' | 'description' | 'status' | 'visibility'
> & { owner_id: Id<'user'> };

export async function insertProject(tx: Transaction, p: ProjectInsert): Promise<ProjectRow> {
  const rows = await tx.query(insert, [
    uuidIn('project', p.id),
    uuidIn('workspace', p.workspace_id),
    p.key,
    p.name,
    p.description,
    p.status,
    p.visibility,
    uuidIn('user', p.owner_id),
  ]);
  return rows[0] as ProjectRow;
}

export async function lockProject(tx: Transaction, uuid: string): Promise<ProjectRow | undefined> {
  return (await tx.query(lock, [uuid]))[0];
}

export async function saveProject(tx: Transaction, row: ProjectRow): Promise<ProjectRow> {
  return (
    await tx.query(update, [row.id, row.name, row.description, row.status, row.visibility])
  )[0] as ProjectRow;
}

export async function trashProject(
  tx: Transaction,
  uuid: string,
): Promise<{ version: number; deleted_at: string }> {
  return (await tx.query(trash, [uuid]))[0] as ProjectRow & { deleted_at: string };
}

/** Keys of a workspace that start with `prefix`, those of projects in the trash included. */
export async function keysLike(
  db: Queryable,
  workspaceId: Id<'workspace'>,
  prefix: string,
): Promise<Set<string>> {
  return new Set((await db.query(keys, [uuidIn('workspace', workspaceId), prefix])).map((row) => row.key));
}

export interface ProjectFilter {
  userId: Id<'user'>;
  /** Workspaces where the person sees every project. */
  adminOf: string[];
  /** Workspaces where the person sees `workspace`-visible projects. */
  memberOf: string[];
  /** Workspaces where the person sees only projects they belong to. */
  guestOf: string[];
  workspaceId?: Id<'workspace'> | undefined;
  status?: string | undefined;
  q?: string | undefined;
  sort: { field: string; descending: boolean }[];
  limit: number;
  offset: number;
}

const SORTABLE: Record<string, string> = {
  name: 'lower(p.name)',
  key: 'p.key',
  created_at: 'p.created_at',
  updated_at: 'p.updated_at',
  status: 'p.status',
};

/** A page of the projects a person may see, with their explicit role, and how many there are in all. */
export async function listVisibleProjects(
  db: Queryable,
  f: ProjectFilter,
): Promise<{ rows: (ProjectRow & { member_role: ProjectRole | null })[]; total: number }> {
  const params: unknown[] = [uuidIn('user', f.userId), f.adminOf, f.memberOf, f.guestOf];
  const where = [
    'p.deleted_at is null',
    `(p.workspace_id = any($2) or (p.workspace_id = any($3) and (p.visibility = 'workspace' or m.user_id is not null))
      or (p.workspace_id = any($4) and m.user_id is not null))`,
  ];
  const add = (sql: (n: string) => string, value: unknown) => {
    params.push(value);
    where.push(sql(`$${params.length}`));
  };
  if (f.workspaceId) add((n) => `p.workspace_id = ${n}`, uuidIn('workspace', f.workspaceId));
  if (f.status) add((n) => `p.status = ${n}`, f.status);
  if (f.q) add((n) => `(p.name ilike ${n} or p.key ilike ${n})`, `%${f.q.replace(/[\\%_]/g, '\\$&')}%`);
  const order = [...f.sort.map((s) => `${SORTABLE[s.field]} ${s.descending ? 'desc' : 'asc'}`), 'p.id'].join(
    ', ',
  );
  const from = `from projects p left join project_members m on m.project_id = p.id and m.user_id = $1 where ${where.join(' and ')}`;
  const total = await db.run<{ n: number }>({ sql: `select count(*) as n ${from}`, parameters: params });
  const rows = await db.run<ProjectRow & { member_role: ProjectRole | null }>({
    sql: `select p.*, m.role as member_role ${from} order by ${order} limit ${f.limit} offset ${f.offset}`,
    parameters: params,
  });
  return { rows, total: total[0]?.n ?? 0 };
}
