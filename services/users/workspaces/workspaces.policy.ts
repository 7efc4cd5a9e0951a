import { type Id, type WorkspaceRole, type WorkspaceVerb, workspaceAllows } from '@gantry/contracts';
import { fail, type Transaction, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { roleIn } from '../members/members.store.ts';
import { lockWorkspace } from './workspaces.store.ts';

/** The caller's role, if it allows the verb. What they may not see is 404, what they may not do is 403. */
export async function mayInWorkspace(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  verb: WorkspaceVerb,
): Promise<WorkspaceRole> {
  const [row] = await ctx.query(roleIn, [uuidIn('workspace', workspaceId), uuidIn('user', ctx.userId)]);
  return allowed(row?.role ?? null, verb);
}

/** The same inside a write, with the workspace locked: no role of it changes before the commit. */
export async function mayInLockedWorkspace(
  ctx: Ctx,
  tx: Transaction,
  workspaceId: Id<'workspace'>,
  verb: WorkspaceVerb,
): Promise<{ role: WorkspaceRole; version: number; name: string }> {
  const id = uuidIn('workspace', workspaceId);
  const [workspace] = await tx.query(lockWorkspace, [id]);
  if (!workspace) throw fail('not_found');
  const [row] = await tx.query(roleIn, [id, uuidIn('user', ctx.userId)]);
  return { role: allowed(row?.role ?? null, verb), ...workspace };
}

function allowed(role: WorkspaceRole | null, verb: WorkspaceVerb): WorkspaceRole {
  if (role === null) throw fail('not_found');
  if (!workspaceAllows(role, verb)) throw fail('forbidden');
  return role;
}
