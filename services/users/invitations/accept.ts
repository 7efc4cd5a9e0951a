import { encodeId, type Id, newId, streamName, uuidv7 } from '@gantry/contracts';
import {
  invitationAccepted,
  membershipCreated,
  userErrors,
  userInvitationAccepted,
  type Workspace,
} from '@gantry/contracts/users';
import { fail, failWith, one, type Transaction, uuidIn } from '@gantry/kit';
import { hashToken } from '../auth/secret-token.ts';
import type { Ctx } from '../context.ts';
import { insertMembership } from '../members/members.store.ts';
import { actAs, lockUser } from '../profile/profile.store.ts';
import { lockWorkspace, myWorkspace } from '../workspaces/workspaces.store.ts';
import { toWorkspace } from '../workspaces/workspaces.ts';
import {
  holdInvitation,
  type InvitationRow,
  releaseInvitation,
  takeInvitation,
  verifyEmail,
} from './invitations.store.ts';
import { about, livingInvitation } from './invitations.ts';

/** Joins the workspace. Of two who accept at once one is first, and the other is told it does not work. */
export async function acceptInvitation(ctx: Ctx, token: string): Promise<Workspace> {
  const invitation = await livingInvitation(ctx, token);
  return join(ctx, token, invitation, ctx.userId, null);
}

export interface HeldInvitation {
  /** Joins the workspace as the account that was made. */
  accept(userId: Id<'user'>): Promise<Workspace>;
  /** The sign-up failed: others may use it again. */
  release(): Promise<void>;
}

/** Keeps an invitation for a sign-up with this e-mail, so that no account is made for one that is lost to another. */
export async function holdForSignUp(ctx: Ctx, token: string, email: string): Promise<HeldInvitation> {
  const invitation = await livingInvitation(ctx, token);
  if (invitation.email !== null && invitation.email !== email.toLowerCase())
    throw failWith(userErrors, 'invitation_for_other');
  const holder = uuidv7();
  const held = await ctx.query(holdInvitation, [hashToken(token), holder]);
  if (held.length === 0) throw failWith(userErrors, 'invitation_invalid');
  return {
    accept: (userId) => join(ctx, token, invitation, userId, holder),
    release: async () => void (await ctx.query(releaseInvitation, [hashToken(token), holder])),
  };
}

async function join(
  ctx: Ctx,
  token: string,
  invitation: InvitationRow,
  userId: Id<'user'>,
  holder: string | null,
): Promise<Workspace> {
  const user = uuidIn('user', userId);
  const { workspace_id: workspace, email } = invitation;
  const joined = await ctx.write(async (tx) => {
    if ((await tx.query(lockWorkspace, [workspace])).length === 0)
      throw failWith(userErrors, 'invitation_invalid');
    const me = one(await tx.query(lockUser, [user]));
    if (email !== null && email !== me.email) throw failWith(userErrors, 'invitation_for_other');
    const taken = await tx.query(takeInvitation, [hashToken(token), holder, user]);
    if (taken.length === 0) throw failWith(userErrors, 'invitation_invalid');
    if (email !== null) {
      // The token came by mail, and only by mail.
      await tx.query(actAs, [user, ctx.origin, ctx.requestId ?? '', ctx.facts.mutationId ?? '']);
      await tx.query(verifyEmail, [user, email]);
    }
    await addMembership(tx, invitation, userId);
    record(tx, invitation, userId);
    const [row] = await tx.query(myWorkspace, [user, workspace]);
    if (!row) throw fail('unavailable');
    return toWorkspace(row);
  });
  ctx.service.wakeRelay();
  return joined;
}

/** Who is a member already keeps their role. */
async function addMembership(tx: Transaction, invitation: InvitationRow, userId: Id<'user'>): Promise<void> {
  const id = newId('membership');
  const { workspace_id: workspace, role } = invitation;
  const added = await tx.query(insertMembership, [
    uuidIn('membership', id),
    workspace,
    uuidIn('user', userId),
    role,
  ]);
  if (added.length === 0) return;
  const workspaceId = encodeId('workspace', workspace);
  tx.record(membershipCreated, {
    stream: streamName('users', 'workspace', workspace),
    workspaceId,
    entityId: id,
    root: workspaceId,
    version: 1,
    actor: userId,
    after: { user_id: userId, role },
  });
}

function record(tx: Transaction, invitation: InvitationRow, userId: Id<'user'>): void {
  const workspaceId = encodeId('workspace', invitation.workspace_id);
  const id = encodeId('invitation', invitation.id);
  tx.record(invitationAccepted, { ...about(workspaceId, id, 2), actor: userId, after: { user_id: userId } });
  tx.record(userInvitationAccepted, {
    stream: streamName('users', 'user', uuidIn('user', userId)),
    workspaceId,
    entityId: id,
    root: userId,
    version: 2,
    actor: userId,
    after: {
      user_id: userId,
      workspace_id: workspaceId,
      role: invitation.role,
      projects: invitation.projects,
    },
  });
}
