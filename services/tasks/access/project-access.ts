import { type Id, type ProjectRole, type ProjectVerb, projectAllows } from '@gantry/contracts';
import { taskErrors } from '@gantry/contracts/tasks';
import { fail, failWith, freshCache } from '@gantry/kit';
import type { Ctx } from '../context.ts';

/** What projects says about a person in a project. */
export interface ProjectFacts {
  projectId: Id<'project'>;
  workspaceId: Id<'workspace'>;
  /** Prefix of task keys. */
  key: string;
  name: string;
  status: string;
  role: ProjectRole | null;
}

const known = freshCache<ProjectFacts>(50_000);

/** What a person is in a project, at most 750 ms old. Throws `not_found` if there is no such project, `unavailable` if it cannot be known. */
export async function projectFacts(
  ctx: Ctx,
  projectId: Id<'project'>,
  userId: Id<'user'>,
): Promise<{ value: ProjectFacts; freshForMs: number }> {
  return known.get(`${projectId}/${userId}`, async () => {
    const found = await ctx.call.projects.getProjectAccess({
      params: { project_id: projectId, user_id: userId },
    });
    const value: ProjectFacts = {
      projectId,
      workspaceId: found.workspace_id,
      key: found.key,
      name: found.name,
      status: found.status,
      role: found.role,
    };
    return { value, freshForMs: found.fresh_for_ms, keep: found.role !== null };
  });
}

/**
 * The project's facts, if the signed-in person may do this in it: `not_found` if they may not see it, else
 * `forbidden`; `project_archived` for changes in an archived project.
 */
export async function requireProject(
  ctx: Ctx,
  projectId: Id<'project'>,
  verb: ProjectVerb,
): Promise<ProjectFacts> {
  const facts =
    known.peek(`${projectId}/${ctx.userId}`) ?? (await projectFacts(ctx, projectId, ctx.userId)).value;
  if (facts.role === null) throw fail('not_found');
  if (!projectAllows(facts.role, verb)) throw fail('forbidden');
  if (facts.status === 'archived' && !verb.endsWith('.view')) throw failWith(taskErrors, 'project_archived');
  return facts;
}

/** True if this person can see the project; for assignees. */
export async function canSee(ctx: Ctx, projectId: Id<'project'>, userId: Id<'user'>): Promise<boolean> {
  return (await projectFacts(ctx, projectId, userId)).value.role !== null;
}
