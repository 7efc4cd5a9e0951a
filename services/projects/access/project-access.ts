import {
  effectiveProjectRole,
  encodeId,
  type Id,
  type ProjectRole,
  type ProjectVerb,
  projectAllows,
  type Visibility,
} from '@gantry/contracts';
import { batched, type Database, fail, statement, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import type { ProjectRow } from '../projects/projects.store.ts';
import { membershipOf } from './workspace-access.ts';

type FoundProject = ProjectRow & { member_role: ProjectRole | null; asked_by: string };

const find = statement<FoundProject>(
  'access.projects',
  `select p.*, m.role as member_role, asked.user_id as asked_by
   from unnest($1::uuid[], $2::uuid[]) as asked (project_id, user_id)
   join projects p on p.id = asked.project_id and p.deleted_at is null
   left join project_members m on m.project_id = p.id and m.user_id = asked.user_id`,
);

/** By `project/user` UUIDs. Everybody who watches is asked about every 750 ms: one query for all of a turn. */
const findProject = batched(async (db: Database, keys) => {
  const pairs = keys.map((key) => key.split('/') as [string, string]);
  const rows = await db.query(find, [pairs.map(([project]) => project), pairs.map(([, user]) => user)]);
  return new Map(rows.map((row) => [`${row.id}/${row.asked_by}`, row]));
});

export interface ProjectAccess {
  project: ProjectRow;
  role: ProjectRole | null;
  freshForMs: number;
}

/** What a person is in a project. Throws `not_found` if there is no such project. */
export async function projectAccess(
  ctx: Ctx,
  projectId: Id<'project'>,
  userId: Id<'user'>,
): Promise<ProjectAccess> {
  const project = await findProject(ctx.db, `${uuidIn('project', projectId)}/${uuidIn('user', userId)}`);
  if (!project) throw fail('not_found');
  const membership = await membershipOf(ctx, encodeId('workspace', project.workspace_id), userId);
  const role = effectiveProjectRole({
    workspaceRole: membership.role,
    projectRole: project.member_role,
    visibility: project.visibility as Visibility,
  });
  return { project, role, freshForMs: membership.freshForMs };
}

/** The project, if the signed-in person may do this in it: `not_found` if they may not see it, else `forbidden`. */
export async function requireProject(
  ctx: Ctx,
  projectId: Id<'project'>,
  verb: ProjectVerb,
): Promise<{ project: ProjectRow; role: ProjectRole }> {
  const { project, role } = await projectAccess(ctx, projectId, ctx.userId);
  if (role === null) throw fail('not_found');
  if (!projectAllows(role, verb)) throw fail('forbidden');
  return { project, role };
}
