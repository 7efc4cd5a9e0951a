import { encodeId, type Id, type List, newId, streamName } from '@gantry/contracts';
import {
  INVITATION_DAYS,
  type Invitation,
  type InvitedProject,
  invitationCreated,
  invitationRevoked,
  MAX_PENDING_INVITATIONS,
  type NewInvitation,
  userErrors,
} from '@gantry/contracts/users';
import {
  type AppError,
  fail,
  failWith,
  field,
  isDuplicate,
  listOf,
  one,
  type PageInput,
  pageOf,
  uuidIn,
} from '@gantry/kit';
import { hashToken, newSecretToken } from '../auth/secret-token.ts';
import type { Ctx } from '../context.ts';
import { queueMail } from '../mail/mail-queue.ts';
import { mayInLockedWorkspace, mayInWorkspace } from '../workspaces/workspaces.policy.ts';
import {
  closeDeadInvitations,
  countInvitations,
  type InvitationRow,
  insertInvitation,
  invitationById,
  invitationByToken,
  pageOfInvitations,
  revokeInvitation as revoke,
} from './invitations.store.ts';

type WorkspaceId = Id<'workspace'>;

export interface InvitationInput {
  id?: Id<'invitation'> | undefined;
  email?: string | undefined;
  role?: 'admin' | 'member' | 'guest' | undefined;
  projects?: InvitedProject[] | undefined;
}

function toInvitation(row: InvitationRow): Invitation {
  return {
    id: encodeId('invitation', row.id),
    workspace_id: encodeId('workspace', row.workspace_id),
    email: row.email,
    role: row.role,
    projects: row.projects,
    invited_by:
      row.invited_by === null
        ? null
        : {
            id: encodeId('user', row.invited_by),
            username: row.inviter_username,
            first_name: row.inviter_first_name ?? '',
            last_name: row.inviter_last_name ?? '',
            name: row.inviter_name ?? '',
          },
    created_at: row.created_at,
    expires_at: row.expires_at,
  };
}

/** Invites by mail, or makes a link whose token is shown this once. */
export async function createInvitation(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  input: InvitationInput,
): Promise<NewInvitation> {
  await mayInWorkspace(ctx, workspaceId, 'workspace.members.manage');
  const projects = input.projects ?? [];
  for (const [i, project] of projects.entries()) await requireProject(ctx, workspaceId, project, i);
  const id = input.id ?? newId('invitation');
  const email = input.email?.toLowerCase() ?? null;
  const secret = email === null ? newSecretToken() : null;
  const uuids = [uuidIn('invitation', id), uuidIn('workspace', workspaceId)] as const;
  const row = await ctx
    .write(async (tx) => {
      await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.members.manage');
      await tx.query(closeDeadInvitations, [uuids[1]]);
      if (one(await tx.query(countInvitations, [uuids[1]])).total >= MAX_PENDING_INVITATIONS)
        throw failWith(userErrors, 'limit_reached');
      await tx.query(insertInvitation, [
        ...uuids,
        email,
        input.role ?? 'member',
        JSON.stringify(projects),
        secret?.hash ?? null,
        uuidIn('user', ctx.userId),
        INVITATION_DAYS,
      ]);
      if (email !== null) await queueMail(tx, 'invitation', uuids[0], { id: uuids[0] });
      tx.record(invitationCreated, {
        ...about(workspaceId, id, 1),
        after: { role: input.role ?? 'member', by_mail: email !== null },
      });
      return one(await tx.query(invitationById, uuids));
    })
    .catch((error) => {
      if (isDuplicate(error, 'invitation_pending_email')) throw failWith(userErrors, 'invited_already');
      throw error;
    });
  return { ...toInvitation(row), token: secret?.token ?? null };
}

/** A project of this workspace that the inviter manages; anything else is unknown. */
async function requireProject(ctx: Ctx, workspaceId: WorkspaceId, wanted: InvitedProject, i: number) {
  const params = { project_id: wanted.project_id, user_id: ctx.userId };
  const found = await ctx.call.projects.getProjectAccess({ params }).catch((error: unknown) => {
    if ((error as AppError).code === 'not_found') return null;
    throw error;
  });
  if (found?.workspace_id === workspaceId && found.role === 'admin') return;
  throw failWith(userErrors, 'unknown_project', {
    fields: [field(`body/projects/${i}/project_id`, 'unknown_project', 'No project of this workspace.')],
  });
}

export async function listInvitations(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  query: PageInput,
): Promise<List<Invitation>> {
  await mayInWorkspace(ctx, workspaceId, 'workspace.members.manage');
  const page = pageOf(query);
  const id = uuidIn('workspace', workspaceId);
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfInvitations, [id, page.limit, page.offset]),
    ctx.query(countInvitations, [id]),
  ]);
  return listOf(rows.map(toInvitation), one(counted).total, page);
}

export async function revokeInvitation(
  ctx: Ctx,
  workspaceId: WorkspaceId,
  invitationId: Id<'invitation'>,
): Promise<void> {
  await ctx.write(async (tx) => {
    await mayInLockedWorkspace(ctx, tx, workspaceId, 'workspace.members.manage');
    const uuids = [uuidIn('invitation', invitationId), uuidIn('workspace', workspaceId)];
    if ((await tx.query(revoke, uuids)).length === 0) throw fail('not_found');
    tx.record(invitationRevoked, { ...about(workspaceId, invitationId, 2), after: {} });
  });
}

/** What somebody with the token may know before signing in: the workspace's name and who invites. */
export async function readInvitation(ctx: Ctx, token: string) {
  const row = await livingInvitation(ctx, token);
  return { workspace_name: row.workspace_name, inviter_name: row.inviter_name ?? '' };
}

/** The invitation behind a token. One answer for whatever is wrong with it. */
export async function livingInvitation(ctx: Ctx, token: string): Promise<InvitationRow> {
  const [row] = await ctx.query(invitationByToken, [hashToken(token)]);
  if (!row) throw failWith(userErrors, 'invitation_invalid');
  return row;
}

export function about(workspaceId: WorkspaceId, invitationId: Id<'invitation'>, version: number) {
  const stream = streamName('users', 'workspace', uuidIn('workspace', workspaceId));
  return { stream, workspaceId, entityId: invitationId, root: workspaceId, version };
}
