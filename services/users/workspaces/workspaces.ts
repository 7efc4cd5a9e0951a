import { encodeId, type Id, type List, newId, streamName } from '@gantry/contracts';
import {
  membershipCreated,
  type Workspace,
  workspaceCreated,
  workspaceUpdated,
} from '@gantry/contracts/users';
import {
  encodeCursor,
  fail,
  listOf,
  one,
  type PageInput,
  pageOf,
  type Transaction,
  uuidIn,
} from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { insertMembership } from '../members/members.store.ts';
import { otherSlug, slugOf } from './slug.ts';
import { mayInLockedWorkspace, mayInWorkspace } from './workspaces.policy.ts';
import {
  countWorkspaces,
  insertWorkspace,
  myWorkspace,
  myWorkspaces,
  pageOfWorkspaces,
  renameWorkspace,
  takeFirstWorkspace,
  type WorkspaceRow,
} from './workspaces.store.ts';

const SLUG_TRIES = 5;

export function toWorkspace(row: WorkspaceRow): Workspace {
  return {
    id: encodeId('workspace', row.id),
    name: row.name,
    slug: row.slug,
    role: row.role,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** Every workspace of a person, 1,000 at most. */
export async function allWorkspaces(ctx: Ctx, userId: Id<'user'>): Promise<Workspace[]> {
  return (await ctx.query(myWorkspaces, [uuidIn('user', userId)])).map(toWorkspace);
}

export async function listWorkspaces(ctx: Ctx, query: PageInput): Promise<List<Workspace>> {
  const page = pageOf(query);
  const me = uuidIn('user', ctx.userId);
  const [after = null, afterId = null] = page.cursor ?? [];
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfWorkspaces, [me, page.limit, page.offset, after, afterId]),
    ctx.query(countWorkspaces, [me]),
  ]);
  const last = rows.at(-1);
  const next = last && rows.length === page.limit ? encodeCursor([last.created_at, last.id]) : null;
  return listOf(rows.map(toWorkspace), one(counted).total, page, next);
}

export async function getWorkspace(ctx: Ctx, workspaceId: Id<'workspace'>): Promise<Workspace> {
  await mayInWorkspace(ctx, workspaceId, 'workspace.view');
  const mine = [uuidIn('user', ctx.userId), uuidIn('workspace', workspaceId)];
  return toWorkspace(one(await ctx.query(myWorkspace, mine)));
}

/** Anybody signed in may make a workspace, and owns it. */
export async function createWorkspace(
  ctx: Ctx,
  input: { id?: Id<'workspace'> | undefined; name: string },
): Promise<Workspace> {
  const owner = ctx.userId;
  return ctx.write((tx) => makeWorkspace(tx, owner, input.id ?? newId('workspace'), input.name));
}

/** Makes the workspace a new account was promised, unless it has been made. */
export async function makeFirstWorkspace(ctx: Ctx, userId: Id<'user'>): Promise<void> {
  await ctx.write(async (tx) => {
    const [first] = await tx.query(takeFirstWorkspace, [uuidIn('user', userId)]);
    if (first) await makeWorkspace(tx, userId, newId('workspace'), first.name);
  });
}

async function makeWorkspace(
  tx: Transaction,
  owner: Id<'user'>,
  workspaceId: Id<'workspace'>,
  name: string,
): Promise<Workspace> {
  const id = uuidIn('workspace', workspaceId);
  const ownerUuid = uuidIn('user', owner);
  const slug = await insertWithSlug(tx, id, name, ownerUuid);
  const membershipId = newId('membership');
  await tx.query(insertMembership, [uuidIn('membership', membershipId), id, ownerUuid, 'owner']);
  const about = { stream: streamName('users', 'workspace', id), workspaceId, actor: owner, version: 1 };
  tx.record(workspaceCreated, { ...about, entityId: workspaceId, after: { name, slug } });
  tx.record(membershipCreated, {
    ...about,
    entityId: membershipId,
    root: workspaceId,
    after: { user_id: owner, role: 'owner' },
  });
  return toWorkspace(one(await tx.query(myWorkspace, [ownerUuid, id])));
}

async function insertWithSlug(tx: Transaction, id: string, name: string, owner: string): Promise<string> {
  const wanted = slugOf(name);
  for (let i = 0; i < SLUG_TRIES; i++) {
    const slug = i === 0 ? wanted : otherSlug(wanted);
    if ((await tx.query(insertWorkspace, [id, name, slug, owner])).length > 0) return slug;
  }
  throw fail('unavailable');
}

export async function updateWorkspace(
  ctx: Ctx,
  workspaceId: Id<'workspace'>,
  input: { name?: string | undefined },
): Promise<Workspace> {
  const me = uuidIn('user', ctx.userId);
  const id = uuidIn('workspace', workspaceId);
  return ctx.write(async (tx) => {
    const before = await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.edit');
    ctx.checkVersion(before.version);
    if (input.name !== undefined && input.name !== before.name) {
      await tx.query(renameWorkspace, [id, input.name]);
      tx.record(workspaceUpdated, {
        stream: streamName('users', 'workspace', id),
        workspaceId,
        entityId: workspaceId,
        version: before.version + 1,
        before: { name: before.name },
        after: { name: input.name },
      });
    }
    return toWorkspace(one(await tx.query(myWorkspace, [me, id])));
  });
}
