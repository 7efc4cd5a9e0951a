import { newSecretToken } from '../auth/secret-token.ts';
import { type ComposeMail, pageUrl } from '../mail/mail-queue.ts';
import { userById } from '../profile/profile.store.ts';
import { insertToken, userByEmail } from './credentials.store.ts';

const RESET_HOURS = 1;
const CONFIRM_HOURS = 24;
const IGNORE = 'If this was not you, ignore this mail: nothing changes.';
const ALARM = 'If this was not you, reset your password now and look through your sessions.';

/** Nothing is sent to addresses without an account, so the form tells nobody whether there is one. */
export const composePasswordReset: ComposeMail = async (ctx, { email }) => {
  const [user] = await ctx.query(userByEmail, [email]);
  if (!user) return null;
  const { token, hash } = newSecretToken();
  await ctx.query(insertToken, [hash, 'password_reset', user.id, user.email, RESET_HOURS]);
  return {
    to: user.email,
    subject: 'Set a new password for Gantry',
    text: `Hello ${user.name},\n\nset a new password here, within an hour; the link works once:\n\n${pageUrl(ctx, 'reset-password', token)}\n\n${IGNORE}`,
  };
};

export const composeConfirmEmail: ComposeMail = async (ctx, { user_id, email }) => {
  const [[user], [owner]] = await Promise.all([
    ctx.query(userById, [user_id]),
    ctx.query(userByEmail, [email]),
  ]);
  if (!user || email === undefined || (owner && owner.id !== user.id)) return null;
  const { token, hash } = newSecretToken();
  await ctx.query(insertToken, [hash, 'email', user.id, email, CONFIRM_HOURS]);
  return {
    to: email,
    subject: 'Confirm your e-mail for Gantry',
    text: `Hello ${user.name},\n\nconfirm that this address is yours, within 24 hours; the link works once:\n\n${pageUrl(ctx, 'confirm-email', token)}\n\n${IGNORE}`,
  };
};

export const composePasswordChanged: ComposeMail = async (_ctx, { email, name }) => ({
  to: email ?? '',
  subject: 'Your Gantry password was changed',
  text: `Hello ${name},\n\nyour password was changed and other sessions were ended.\n\n${ALARM}`,
});

export const composeEmailChanged: ComposeMail = async (_ctx, { email, name }) => ({
  to: email ?? '',
  subject: 'Your Gantry e-mail was changed',
  text: `Hello ${name},\n\nyour account uses another e-mail from now on. This address gets no more mail about it.\n\n${ALARM}`,
});
