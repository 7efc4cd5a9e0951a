import { decodeId, encodeId, type Id, type WorkspaceRole } from '@gantry/contracts';
import { FRESH_MS, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { findMembers, roleIn, rolesOf } from './members.store.ts';
import { toPerson } from './members.ts';

/** What other services ask about people and their workspaces. Read from the tables every time; askers may believe it FRESH_MS. */
export async function getMembership(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  userId: Id<'user'>,
): Promise<{ role: WorkspaceRole | null; fresh_for_ms: number }> {
  const [row] = await ctx.query(roleIn, [uuidIn('workspace', workspaceId), uuidIn('user', userId)]);
  return { role: row?.role ?? null, fresh_for_ms: row ? FRESH_MS : 0 };
}

export async function listMemberships(ctx: Ctx, userId: Id<'user'>) {
  const rows = await ctx.query(rolesOf, [uuidIn('user', userId)]);
  const memberships = rows.map((row) => ({
    workspace_id: encodeId('workspace', row.workspace_id),
    role: row.role,
  }));
  return { memberships, fresh_for_ms: FRESH_MS };
}

export interface PeopleQuery {
  workspace_id: Id<'workspace'>;
  ids?: string[] | undefined;
  emails?: string[] | undefined;
  usernames?: string[] | undefined;
  all?: boolean | undefined;
}

/** Profiles of members of a workspace, 1,000 at most. Whoever is no member is left out. */
export async function findPeople(ctx: Ctx, query: PeopleQuery) {
  const lower = (texts: string[] | undefined) => (texts ?? []).map((text) => text.toLowerCase());
  const ids = (query.ids ?? []).map((id) => decodeId('user', id)).filter((id) => id !== null);
  const rows = await ctx.query(findMembers, [
    uuidIn('workspace', query.workspace_id),
    ids,
    lower(query.emails),
    lower(query.usernames),
    query.all ?? false,
  ]);
  return { people: rows.map((row) => ({ ...toPerson(row), email: row.email, role: row.role })) };
}
