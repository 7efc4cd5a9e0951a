import {
  effectiveProjectRole,
  encodeId,
  type Id,
  type ProjectRole,
  type ProjectVerb,
  projectAllows,
  type Visibility,
} from '@gantry/contracts';
import { fail, one, statement, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import type { ProjectRow } from '../projects/projects.store.ts';
import { membershipOf } from './workspace-access.ts';

const find = statement<ProjectRow & { member_role: ProjectRole | null }>(
  'access.project',
  `select p.*, m.role as member_role from projects p
   left join project_members m on m.project_id = p.id and m.user_id = $2
   where p.id = $1 and p.deleted_at is null`,
);

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
  const project = one(await ctx.query(find, [uuidIn('project', projectId), uuidIn('user', userId)]));
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
