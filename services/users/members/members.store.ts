import type { WorkspaceRole } from '@gantry/contracts';
import { statement } from '@gantry/kit';

export interface MemberRow {
  id: string;
  workspace_id: string;
  user_id: string;
  role: WorkspaceRole;
  version: number;
  joined_at: string;
  email: string;
  username: string | null;
  first_name: string;
  last_name: string;
  name: string;
}

const COLUMNS = `m.id, m.workspace_id, m.user_id, m.role, m.version, m.joined_at, u.email,
  coalesce(u.display_username, u.username) as username, u.first_name, u.last_name, u.name`;
const FROM = 'from membership m join users u on u.id = m.user_id';

export const roleIn = statement<{ role: WorkspaceRole }>(
  'membership.role',
  `select m.role from membership m join workspace w on w.id = m.workspace_id and w.deleted_at is null
   where m.workspace_id = $1 and m.user_id = $2`,
);

export const rolesIn = statement<{ workspace_id: string; user_id: string; role: WorkspaceRole }>(
  'membership.roles_in',
  `select m.workspace_id, m.user_id, m.role from unnest($1::uuid[], $2::uuid[]) as asked (workspace_id, user_id)
   join membership m on m.workspace_id = asked.workspace_id and m.user_id = asked.user_id
   join workspace w on w.id = m.workspace_id and w.deleted_at is null`,
);

export const rolesOf = statement<{ workspace_id: string; role: WorkspaceRole }>(
  'membership.roles_of',
  `select m.workspace_id, m.role from membership m join workspace w on w.id = m.workspace_id and w.deleted_at is null
   where m.user_id = $1 order by m.workspace_id limit 10000`,
);
export const memberByUser = statement<MemberRow>(
  'membership.by_user',
  `select ${COLUMNS} ${FROM} where m.workspace_id = $1 and m.user_id = $2`,
);
export const pageOfMembers = statement<MemberRow>(
  'membership.page',
  `select ${COLUMNS} ${FROM} where m.workspace_id = $1
     and ($4::timestamptz is null or (m.joined_at, m.user_id) > ($4, $5::uuid))
   order by m.joined_at, m.user_id limit $2 offset $3`,
);
export const countMembers = statement<{ total: number }>(
  'membership.count',
  'select count(*) as total from membership where workspace_id = $1',
);
export const countOwners = statement<{ owners: number }>(
  'membership.owners',
  `select count(*) as owners from membership where workspace_id = $1 and role = 'owner'`,
);
export const insertMembership = statement<{ id: string }>(
  'membership.insert',
  `insert into membership (id, workspace_id, user_id, role) values ($1, $2, $3, $4)
   on conflict (workspace_id, user_id) do nothing returning id`,
);
export const setRole = statement(
  'membership.set_role',
  'update membership set role = $3, version = version + 1 where workspace_id = $1 and user_id = $2',
);
export const deleteMembership = statement(
  'membership.delete',
  'delete from membership where workspace_id = $1 and user_id = $2',
);
export const userIdByEmail = statement<{ id: string }>(
  'membership.user_by_email',
  'select id from users where email = $1',
);
export const findMembers = statement<MemberRow>(
  'membership.find',
  `select ${COLUMNS} ${FROM} where m.workspace_id = $1
     and ($5 or m.user_id = any($2::uuid[]) or u.email = any($3::text[]) or u.username = any($4::text[]))
   order by u.name, m.user_id limit 1000`,
);
