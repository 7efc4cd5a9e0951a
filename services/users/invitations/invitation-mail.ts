import { newSecretToken } from '../auth/secret-token.ts';
import { type ComposeMail, pageUrl } from '../mail/mail-queue.ts';
import { invitationForMail, setInvitationToken } from './invitations.store.ts';

/** The mail with the only copy of the token. Nothing if the invitation has ended meanwhile. */
export const composeInvitation: ComposeMail = async (ctx, { id }) => {
  const [row] = await ctx.query(invitationForMail, [id]);
  if (!row?.email) return null;
  const { token, hash } = newSecretToken();
  if ((await ctx.query(setInvitationToken, [id, hash])).length === 0) return null;
  return {
    to: row.email,
    subject: `${row.inviter_name} invites you to ${row.workspace_name}`,
    text: [
      `${row.inviter_name} invites you to the workspace "${row.workspace_name}" in Gantry.`,
      `Accept here, within 7 days; the link works once:`,
      pageUrl(ctx, 'invitation', token),
      'If you do not know what this is about, ignore this mail.',
    ].join('\n\n'),
  };
};
