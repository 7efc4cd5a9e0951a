import { type Id, type WorkspaceRole, type WorkspaceVerb, workspaceAllows } from '@gantry/contracts';
import { fail, freshCache } from '@gantry/kit';
import type { Ctx } from '../context.ts';

export interface Membership {
  role: WorkspaceRole | null;
  freshForMs: number;
}

const memberships = freshCache<WorkspaceRole | null>();
const memberOf = freshCache<{ workspace_id: Id<'workspace'>; role: WorkspaceRole }[]>();

/** The role of a person in a workspace, at most 750 ms old; null for none. `unavailable` if users cannot be asked. */
export async function membershipOf(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  userId: Id<'user'>,
): Promise<Membership> {
  const answer = await memberships.get(`${installation(ctx)}${workspaceId}/${userId}`, async () => {
    const found = await ctx.call.users.getMembership({
      params: { workspace_id: workspaceId, user_id: userId },
    });
    return { value: found.role, freshForMs: found.fresh_for_ms, keep: found.role !== null };
  });
  return { role: answer.value, freshForMs: answer.freshForMs };
}

/** Every workspace of a person with their role there, at most 750 ms old. */
export async function membershipsOf(ctx: Ctx, userId: Id<'user'>) {
  const answer = await memberOf.get(installation(ctx) + userId, async () => {
    const found = await ctx.call.users.listMemberships({ params: { user_id: userId } });
    return { value: found.memberships, freshForMs: found.fresh_for_ms, keep: found.memberships.length > 0 };
  });
  return answer.value;
}

/** Throws `not_found` for those outside the workspace, `forbidden` for those whose role does not allow it. */
export async function requireWorkspace(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  verb: WorkspaceVerb,
): Promise<WorkspaceRole> {
  const { role } = await membershipOf(ctx, workspaceId, ctx.userId);
  if (role === null) throw fail('not_found');
  if (!workspaceAllows(role, verb)) throw fail('forbidden');
  return role;
}

/** Several installations may share a process (tests); ids are unique anyway, so this only keeps caches honest after a reset. */
function installation(ctx: Ctx): string {
  return ctx.db.clientOptions.connectionString ?? '';
}
