import type { WorkspaceRole } from '@gantry/contracts';
import { statement } from '@gantry/kit';

export interface WorkspaceRow {
  id: string;
  name: string;
  slug: string;
  /** Role of the person who asks. */
  role: WorkspaceRole;
  version: number;
  created_at: string;
  updated_at: string;
}

const COLUMNS = 'w.id, w.name, w.slug, m.role, w.version, w.created_at, w.updated_at';
const MINE = `from workspace w join membership m on m.workspace_id = w.id and m.user_id = $1 and w.deleted_at is null`;

export const myWorkspaces = statement<WorkspaceRow>(
  'workspace.mine',
  `select ${COLUMNS} ${MINE} order by w.created_at, w.id limit 1000`,
);
export const pageOfWorkspaces = statement<WorkspaceRow & { total: number }>(
  'workspace.page',
  `select ${COLUMNS} ${MINE} where $4::timestamptz is null or (w.created_at, w.id) > ($4, $5::uuid)
   order by w.created_at, w.id limit $2 offset $3`,
);
export const countWorkspaces = statement<{ total: number }>(
  'workspace.count',
  `select count(*) as total ${MINE}`,
);
export const myWorkspace = statement<WorkspaceRow>(
  'workspace.mine_one',
  `select ${COLUMNS} ${MINE} where w.id = $2`,
);
/** Locks the workspace, so that what is decided about its members holds until the commit. */
export const lockWorkspace = statement<{ version: number; name: string }>(
  'workspace.lock',
  'select version, name from workspace where id = $1 and deleted_at is null for update',
);
export const insertWorkspace = statement<{ created_at: string }>(
  'workspace.insert',
  `insert into workspace (id, name, slug, created_by) values ($1, $2, $3, $4)
   on conflict (slug) do nothing returning created_at`,
);
export const renameWorkspace = statement(
  'workspace.rename',
  'update workspace set name = $2, version = version + 1, updated_at = now() where id = $1',
);
/** Name of the first workspace a person is still to get; it is theirs to take once. */
export const takeFirstWorkspace = statement<{ name: string }>(
  'workspace.take_first',
  `update users set first_workspace = null where id = $1 and first_workspace is not null
   returning old.first_workspace as name`,
);
