import type { InvitedProject } from '@gantry/contracts/users';
import { statement } from '@gantry/kit';

export interface InvitationRow {
  id: string;
  workspace_id: string;
  email: string | null;
  role: 'admin' | 'member' | 'guest';
  projects: InvitedProject[];
  invited_by: string | null;
  created_at: string;
  expires_at: string;
  workspace_name: string;
  inviter_username: string | null;
  inviter_first_name: string | null;
  inviter_last_name: string | null;
  inviter_name: string | null;
}

const COLUMNS = `i.id, i.workspace_id, i.email, i.role, i.projects, i.invited_by, i.created_at, i.expires_at,
  w.name as workspace_name, coalesce(u.display_username, u.username) as inviter_username,
  u.first_name as inviter_first_name, u.last_name as inviter_last_name, u.name as inviter_name`;
const FROM = `from invitation i join workspace w on w.id = i.workspace_id
  left join users u on u.id = i.invited_by`;
/** Works still; and whoever invited may still invite: somebody who was removed leaves no way back in. */
const ALIVE = `i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
  and exists (select from membership b join workspace d on d.id = b.workspace_id and d.deleted_at is null
    where b.workspace_id = i.workspace_id and b.user_id = i.invited_by
    and b.role in ('owner', 'admin'))`;
const NOT_HELD = '(i.held_until is null or i.held_until < now() or i.held_by = $2::uuid)';

export const insertInvitation = statement<{ id: string }>(
  'invitation.insert',
  `insert into invitation (id, workspace_id, email, role, projects, token_hash, invited_by, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 day') returning id`,
);
/** Frees the e-mail of an invitation that is over. */
export const closeDeadInvitations = statement(
  'invitation.close_dead',
  `update invitation i set revoked_at = now()
   where i.workspace_id = $1 and i.accepted_at is null and i.revoked_at is null and not (${ALIVE})`,
);
export const invitationById = statement<InvitationRow>(
  'invitation.by_id',
  `select ${COLUMNS} ${FROM} where i.id = $1 and i.workspace_id = $2 and ${ALIVE}`,
);
export const pageOfInvitations = statement<InvitationRow>(
  'invitation.page',
  `select ${COLUMNS} ${FROM} where i.workspace_id = $1 and ${ALIVE} order by i.created_at, i.id limit $2 offset $3`,
);
export const countInvitations = statement<{ total: number }>(
  'invitation.count',
  `select count(*) as total from invitation i where i.workspace_id = $1 and ${ALIVE}`,
);
export const invitationByToken = statement<InvitationRow>(
  'invitation.by_token',
  `select ${COLUMNS} ${FROM} where i.token_hash = $1 and ${ALIVE}`,
);
/** Takes the invitation for good, unless somebody else has it. The row is locked from here on. */
export const takeInvitation = statement<{ id: string }>(
  'invitation.take',
  `update invitation i set accepted_at = now(), accepted_by = $3
   where i.token_hash = $1 and ${ALIVE} and ${NOT_HELD} returning i.id`,
);
/** Keeps it for one sign-up while the account is made. */
export const holdInvitation = statement<{ id: string }>(
  'invitation.hold',
  `update invitation i set held_by = $2, held_until = now() + interval '30 seconds'
   where i.token_hash = $1 and ${ALIVE} and ${NOT_HELD} returning i.id`,
);
export const releaseInvitation = statement(
  'invitation.release',
  'update invitation set held_by = null, held_until = null where token_hash = $1 and held_by = $2',
);
export const revokeInvitation = statement<{ id: string }>(
  'invitation.revoke',
  `update invitation set revoked_at = now() where id = $1 and workspace_id = $2
   and accepted_at is null and revoked_at is null returning id`,
);
export const setInvitationToken = statement<{ id: string }>(
  'invitation.set_token',
  `update invitation i set token_hash = $2 where i.id = $1 and ${ALIVE} returning i.id`,
);
export const invitationForMail = statement<InvitationRow>(
  'invitation.for_mail',
  `select ${COLUMNS} ${FROM} where i.id = $1 and ${ALIVE}`,
);
export const verifyEmail = statement(
  'invitation.verify_email',
  'update users set email_verified = true where id = $1 and email = $2 and not email_verified',
);
/** Invitations that ended 30 days ago. */
export const deleteOldInvitations = statement(
  'invitation.delete_old',
  `delete from invitation where expires_at < now() - interval '30 days'`,
);
