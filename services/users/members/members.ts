import { encodeId, type Id, type List, newId, streamName, type WorkspaceRole } from '@gantry/contracts';
import {
  membershipCreated,
  membershipDeleted,
  membershipUpdated,
  userErrors,
  type WorkspaceMember,
} from '@gantry/contracts/users';
import {
  encodeCursor,
  fail,
  failWith,
  field,
  listOf,
  one,
  type PageInput,
  pageOf,
  type Transaction,
  uuidIn,
} from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { mayInLockedWorkspace, mayInWorkspace } from '../workspaces/workspaces.policy.ts';
import {
  countMembers,
  countOwners,
  deleteMembership,
  insertMembership,
  type MemberRow,
  memberByUser,
  pageOfMembers,
  setRole,
  userIdByEmail,
} from './members.store.ts';

type WorkspaceId = Id<'workspace'>;
type UserId = Id<'user'>;

export function toPerson(row: MemberRow) {
  return {
    id: encodeId('user', row.user_id),
    username: row.username,
    first_name: row.first_name,
    last_name: row.last_name,
    name: row.name,
  };
}

function toMember(row: MemberRow): WorkspaceMember {
  return {
    workspace_id: encodeId('workspace', row.workspace_id),
    user_id: encodeId('user', row.user_id),
    role: row.role,
    email: row.email,
    person: toPerson(row),
    joined_at: row.joined_at,
  };
}

export async function listMembers(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  query: PageInput,
): Promise<List<WorkspaceMember>> {
  await mayInWorkspace(ctx, workspaceId, 'workspace.members.view');
  const page = pageOf(query);
  const id = uuidIn('workspace', workspaceId);
  const [after = null, afterId = null] = page.cursor ?? [];
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfMembers, [id, page.limit, page.offset, after, afterId]),
    ctx.query(countMembers, [id]),
  ]);
  const last = rows.at(-1);
  const next = last && rows.length === page.limit ? encodeCursor([last.joined_at, last.user_id]) : null;
  return listOf(rows.map(toMember), one(counted).total, page, next);
}

/** Adds somebody who has an account. Owners are made by changing a member's role. */
export async function addMember(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  input: { email: string; role?: 'admin' | 'member' | 'guest' | undefined },
): Promise<WorkspaceMember> {
  const id = uuidIn('workspace', workspaceId);
  const role = input.role ?? 'member';
  return ctx.write(async (tx) => {
    await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.members.manage');
    const [person] = await tx.query(userIdByEmail, [input.email.toLowerCase()]);
    if (!person) throw failWith(userErrors, 'person_not_found');
    const membershipId = newId('membership');
    const added = [uuidIn('membership', membershipId), id, person.id, role];
    if ((await tx.query(insertMembership, added)).length === 0)
      throw fail('already_exists', {
        fields: [field('body/email', 'member', 'This person is a member already.')],
      });
    tx.record(membershipCreated, {
      ...about(workspaceId, membershipId, 1),
      after: { user_id: encodeId('user', person.id), role },
    });
    return toMember(one(await tx.query(memberByUser, [id, person.id])));
  });
}

/** Changes a role. Only owners make and unmake owners, and one always stays. */
export async function updateMember(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  userId: UserId,
  role: WorkspaceRole,
): Promise<WorkspaceMember> {
  return ctx.write(async (tx) => {
    const mine = await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.members.manage');
    const member = await memberIn(tx, workspaceId, userId);
    if (member.role === role) return toMember(member);
    if ((role === 'owner' || member.role === 'owner') && mine.role !== 'owner') throw fail('forbidden');
    await keepAnOwner(tx, member);
    await tx.query(setRole, [member.workspace_id, member.user_id, role]);
    tx.record(membershipUpdated, {
      ...about(workspaceId, encodeId('membership', member.id), member.version + 1),
      before: { user_id: userId, role: member.role },
      after: { user_id: userId, role },
    });
    return toMember({ ...member, role });
  });
}

/** Removes a member. Everybody may leave; only owners remove owners, and one always stays. */
export async function removeMember(ctx: Ctx, workspaceId: WorkspaceId, userId: UserId): Promise<void> {
  const leaving = userId === ctx.userId;
  await ctx.write(async (tx) => {
    const verb = leaving ? 'workspace.view' : 'workspace.members.manage';
    const mine = await mayInLockedWorkspace(ctx, tx, workspaceId, verb);
    const member = await memberIn(tx, workspaceId, userId);
    if (member.role === 'owner' && mine.role !== 'owner') throw fail('forbidden');
    await keepAnOwner(tx, member);
    await tx.query(deleteMembership, [member.workspace_id, member.user_id]);
    tx.record(membershipDeleted, {
      ...about(workspaceId, encodeId('membership', member.id), member.version + 1),
      before: { user_id: userId, role: member.role },
      after: { user_id: userId },
    });
  });
}

function about(workspaceId: WorkspaceId, membershipId: Id<'membership'>, version: number) {
  const stream = streamName('users', 'workspace', uuidIn('workspace', workspaceId));
  return { stream, workspaceId, entityId: membershipId, root: workspaceId, version };
}

async function memberIn(tx: Transaction, workspaceId: WorkspaceId, userId: UserId): Promise<MemberRow> {
  return one(await tx.query(memberByUser, [uuidIn('workspace', workspaceId), uuidIn('user', userId)]));
}

/** Throws `last_owner` if this member is the only one. The workspace is locked, so nobody else decides meanwhile. */
async function keepAnOwner(tx: Transaction, member: MemberRow): Promise<void> {
  if (member.role !== 'owner') return;
  if (one(await tx.query(countOwners, [member.workspace_id])).owners <= 1)
    throw failWith(userErrors, 'last_owner');
}
