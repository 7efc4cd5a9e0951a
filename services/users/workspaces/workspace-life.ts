import { encodeId, type Id, streamName } from '@gantry/contracts';
import {
  membershipUpdated,
  WORKSPACE_TRASH_DAYS,
  type Workspace,
  workspaceDeleted,
  workspacePurged,
  workspaceRestored,
} from '@gantry/contracts/users';
import { fail, field, one, statement, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { memberByUser, setRole } from '../members/members.store.ts';
import { mayInLockedWorkspace } from './workspaces.policy.ts';
import { myWorkspace } from './workspaces.store.ts';
import { toWorkspace } from './workspaces.ts';

type WorkspaceId = Id<'workspace'>;

const trash = statement<{ version: number; deleted_at: string }>(
  'workspace.trash',
  'update workspace set deleted_at = now(), version = version + 1 where id = $1 returning version, deleted_at',
);
/** Only for an owner, and only what is in the trash: to anybody else there is nothing. */
const restore = statement<{ version: number }>(
  'workspace.restore',
  `update workspace w set deleted_at = null, version = version + 1
   where w.id = $1 and w.deleted_at > now() - interval '${WORKSPACE_TRASH_DAYS} days'
     and exists (select from membership m where m.workspace_id = w.id and m.user_id = $2 and m.role = 'owner')
   returning version`,
);
const purge = statement<{ id: string; version: number }>(
  'workspace.purge',
  `delete from workspace where id in (select id from workspace
     where deleted_at < now() - interval '${WORKSPACE_TRASH_DAYS} days' order by deleted_at limit 20 for update)
   returning id, version`,
);

/** Hands my ownership on: of two such at once the second finds that I own nothing any more. */
export async function transferWorkspace(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  userId: Id<'user'>,
): Promise<Workspace> {
  const id = uuidIn('workspace', workspaceId);
  const me = uuidIn('user', ctx.userId);
  return ctx.write(async (tx) => {
    await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.transfer');
    const [member] = await tx.query(memberByUser, [id, uuidIn('user', userId)]);
    if (!member || userId === ctx.userId)
      throw fail('invalid_request', {
        fields: [field('body/user_id', 'not_a_member', 'Choose another member of this workspace.')],
      });
    const mine = one(await tx.query(memberByUser, [id, me]));
    for (const [row, role] of [
      [member, 'owner'],
      [mine, 'admin'],
    ] as const) {
      if (row.role === role) continue;
      await tx.query(setRole, [id, row.user_id, role]);
      const rowUser = encodeId('user', row.user_id);
      tx.record(membershipUpdated, {
        ...about(workspaceId, row.version + 1),
        entityId: encodeId('membership', row.id),
        root: workspaceId,
        before: { user_id: rowUser, role: row.role },
        after: { user_id: rowUser, role },
      });
    }
    return toWorkspace(one(await tx.query(myWorkspace, [me, id])));
  });
}

/** Puts the workspace into the trash: from now on nobody has a role in it, so nobody sees anything of it. */
export async function deleteWorkspace(ctx: Ctx, workspaceId: WorkspaceId): Promise<void> {
  await ctx.write(async (tx) => {
    const before = await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.delete');
    ctx.checkVersion(before.version);
    const { version, deleted_at } = one(await tx.query(trash, [uuidIn('workspace', workspaceId)]));
    tx.record(workspaceDeleted, { ...about(workspaceId, version), after: { deleted_at } });
  });
}

export async function restoreWorkspace(ctx: Ctx, workspaceId: WorkspaceId): Promise<Workspace> {
  const id = uuidIn('workspace', workspaceId);
  const me = uuidIn('user', ctx.userId);
  return ctx.write(async (tx) => {
    const { version } = one(await tx.query(restore, [id, me]));
    tx.record(workspaceRestored, { ...about(workspaceId, version), after: {} });
    return toWorkspace(one(await tx.query(myWorkspace, [me, id])));
  });
}

/** Deletes for good what has been in the trash long enough, and says so to the other services. */
export async function purgeWorkspaces(ctx: Ctx): Promise<void> {
  await ctx.write(async (tx) => {
    for (const { id, version } of await tx.query(purge))
      tx.record(workspacePurged, { ...about(encodeId('workspace', id), version + 1), after: {} });
  });
}

function about(workspaceId: WorkspaceId, version: number) {
  const stream = streamName('users', 'workspace', uuidIn('workspace', workspaceId));
  return { stream, workspaceId, entityId: workspaceId, version };
}
