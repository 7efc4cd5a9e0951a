import { decodeId, encodeId, type Id, type WorkspaceRole } from '@gantry/contracts';
import { batched, type Database, FRESH_MS, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { findMembers, rolesIn, rolesOf } from './members.store.ts';
import { toPerson } from './members.ts';

/** By `workspace/user` UUIDs. Everybody who watches is asked about every 750 ms: one query for all of a turn. */
const roleOf = batched(async (db: Database, keys) => {
  const pairs = keys.map((key) => key.split('/') as [string, string]);
  const rows = await db.query(rolesIn, [
    pairs.map(([workspace]) => workspace),
    pairs.map(([, user]) => user),
  ]);
  return new Map(rows.map((row) => [`${row.workspace_id}/${row.user_id}`, row.role]));
});

/** What other services ask about people and their workspaces. Read from the tables every time; askers may believe it FRESH_MS. */
export async function getMembership(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  userId: Id<'user'>,
): Promise<{ role: WorkspaceRole | null; fresh_for_ms: number }> {
  const role = await roleOf(ctx.db, `${uuidIn('workspace', workspaceId)}/${uuidIn('user', userId)}`);
  return { role: role ?? null, fresh_for_ms: role ? FRESH_MS : 0 };
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
