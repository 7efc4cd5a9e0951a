import { encodeId, type Id, newId, type ProjectRole } from '@gantry/contracts';
import { projectMemberCreated } from '@gantry/contracts/projects';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';
import { projectStream } from '../projects/project-stream.ts';
import type { ProjectRow } from '../projects/projects.store.ts';

export interface MemberRow {
  id: string;
  project_id: string;
  user_id: string;
  workspace_id: string;
  role: ProjectRole;
  version: number;
  joined_at: string;
}

const insert = statement<MemberRow>(
  'member.insert',
  'insert into project_members (id, project_id, user_id, workspace_id, role) values ($1, $2, $3, $4, $5) on conflict (project_id, user_id) do nothing returning *',
);
const lock = statement<MemberRow>(
  'member.lock',
  'select * from project_members where project_id = $1 and user_id = $2 for update',
);
const setRole = statement<MemberRow>(
  'member.role',
  'update project_members set role = $3, version = version + 1 where project_id = $1 and user_id = $2 returning *',
);
const remove = statement(
  'member.remove',
  'delete from project_members where project_id = $1 and user_id = $2',
);
const list = statement<MemberRow>(
  'member.list',
  'select * from project_members where project_id = $1 order by joined_at, user_id limit $2 offset $3',
);
const count = statement<{ n: number }>(
  'member.count',
  'select count(*) as n from project_members where project_id = $1',
);
const rolesOf = statement<{ user_id: string; role: ProjectRole }>(
  'member.roles',
  'select user_id, role from project_members where project_id = $1',
);
const ofUser = statement<MemberRow>(
  'member.of-user',
  'select * from project_members where workspace_id = $1 and user_id = $2 order by project_id for update',
);

/** Adds a member and logs it. Undefined if the person is one already. */
export async function insertMember(
  tx: Transaction,
  project: ProjectRow,
  userId: Id<'user'>,
  role: ProjectRole,
): Promise<MemberRow | undefined> {
  const id = newId('project_member');
  const [row] = await tx.query(insert, [
    uuidIn('project_member', id),
    project.id,
    uuidIn('user', userId),
    project.workspace_id,
    role,
  ]);
  if (row) {
    tx.record(projectMemberCreated, {
      stream: projectStream(project.id),
      workspaceId: encodeId('workspace', project.workspace_id),
      entityId: id,
      root: encodeId('project', project.id),
      version: 1,
      after: { user_id: userId, role },
    });
  }
  return row;
}

export async function lockMember(
  tx: Transaction,
  projectUuid: string,
  userId: Id<'user'>,
): Promise<MemberRow | undefined> {
  return (await tx.query(lock, [projectUuid, uuidIn('user', userId)]))[0];
}

export async function setMemberRole(tx: Transaction, row: MemberRow, role: ProjectRole): Promise<MemberRow> {
  return (await tx.query(setRole, [row.project_id, row.user_id, role]))[0] as MemberRow;
}

export async function deleteMember(tx: Transaction, row: MemberRow): Promise<void> {
  await tx.query(remove, [row.project_id, row.user_id]);
}

export async function listMembers(
  db: Queryable,
  projectUuid: string,
  limit: number,
  offset: number,
): Promise<{ rows: MemberRow[]; total: number }> {
  const [rows, [total]] = await Promise.all([
    db.query(list, [projectUuid, limit, offset]),
    db.query(count, [projectUuid]),
  ]);
  return { rows, total: total?.n ?? 0 };
}

/** Explicit roles in a project by user id. */
export async function memberRoles(db: Queryable, projectUuid: string): Promise<Map<string, ProjectRole>> {
  return new Map(
    (await db.query(rolesOf, [projectUuid])).map((row) => [encodeId('user', row.user_id), row.role]),
  );
}

/** Memberships of a person in the projects of one workspace, locked. */
export function lockMembershipsOf(
  tx: Transaction,
  workspaceUuid: string,
  userUuid: string,
): Promise<MemberRow[]> {
  return tx.query(ofUser, [workspaceUuid, userUuid]);
}
