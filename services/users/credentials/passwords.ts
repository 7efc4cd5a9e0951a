import { encodeId, type Id, streamName } from '@gantry/contracts';
import { passwordChanged, userErrors } from '@gantry/contracts/users';
import { fail, failWith, field, one, type Transaction, uuidIn } from '@gantry/kit';
import { hashPassword, verifyPassword } from '../auth/password.ts';
import { hashToken } from '../auth/secret-token.ts';
import type { Ctx } from '../context.ts';
import { queueMail } from '../mail/mail-queue.ts';
import { actAs, lockUser, type UserRow } from '../profile/profile.store.ts';
import { currentSession, endSessions } from '../sessions/sessions.ts';
import {
  dropTokens,
  passwordHashOf,
  replacePassword,
  setPassword,
  setVerifiedEmail,
  tokenStands,
  useToken,
} from './credentials.store.ts';
import { countAttempt, countMail } from './throttle.ts';

/**
 * The stored hash, if this is the person's password; guesses are counted as at the door. For what a stolen session
 * alone must not do.
 */
export async function provePassword(ctx: Ctx, password: string, path: string): Promise<string> {
  const right = await countAttempt(ctx, ctx.userId);
  const [row] = await ctx.query(passwordHashOf, [uuidIn('user', ctx.userId)]);
  const hash = row?.password ?? '';
  if (!(await verifyPassword({ hash, password }))) {
    const fields = [field(path, 'wrong_password', 'This is not your password.')];
    throw failWith(userErrors, 'wrong_password', { fields });
  }
  await right();
  return hash;
}

/** Changes my password. Every other session ends, and every token that came by mail. */
export async function changePassword(
  ctx: Ctx,
  input: { old_password: string; new_password: string },
): Promise<void> {
  const old = await provePassword(ctx, input.old_password, 'body/old_password');
  const hash = await hashPassword(input.new_password);
  const id = uuidIn('user', ctx.userId);
  await ctx.write(async (tx) => {
    const me = one(await tx.query(lockUser, [id]));
    if ((await tx.query(replacePassword, [id, hash, old])).length === 0) throw fail('conflict');
    await afterChange(tx, me, currentSession(ctx), false);
  });
}

/** Queues the mail whoever the address belongs to: whether there is an account is looked at when it is sent. */
export async function requestPasswordReset(ctx: Ctx, input: { email: string }): Promise<void> {
  const email = input.email.toLowerCase();
  await countMail(ctx, email);
  await ctx.write((tx) => queueMail(tx, 'password_reset', email, { email }));
}

/** Sets a new password by the token of the mail. Every session ends: whoever had the old password is out. */
export async function resetPassword(ctx: Ctx, input: { token: string; new_password: string }): Promise<void> {
  const token = hashToken(input.token);
  // Hashing is dear: only for a token that stands.
  if ((await ctx.query(tokenStands, [token, 'password_reset'])).length === 0)
    throw failWith(userErrors, 'token_invalid');
  const hash = await hashPassword(input.new_password);
  await ctx.write(async (tx) => {
    const [used] = await tx.query(useToken, [token, 'password_reset']);
    if (!used) throw failWith(userErrors, 'token_invalid');
    const me = one(await tx.query(lockUser, [used.user_id]));
    // An address that changed meanwhile has taken the tokens sent to it along.
    if (me.email !== used.email || (await tx.query(setPassword, [me.id, hash])).length === 0)
      throw failWith(userErrors, 'token_invalid');
    await tx.query(actAs, [me.id, ctx.origin, ctx.requestId ?? '', '']);
    if (!me.email_verified) await tx.query(setVerifiedEmail, [me.id, me.email]);
    await afterChange(tx, me, null, true);
  });
  ctx.service.wakeRelay();
}

async function afterChange(
  tx: Transaction,
  me: UserRow,
  keep: string | null,
  byMail: boolean,
): Promise<void> {
  const userId: Id<'user'> = encodeId('user', me.id);
  await endSessions(tx, userId, keep);
  await tx.query(dropTokens, [me.id]);
  await queueMail(tx, 'password_changed', me.id, { email: me.email, name: me.name });
  tx.record(passwordChanged, {
    stream: streamName('users', 'user', me.id),
    workspaceId: null,
    entityId: userId,
    version: me.version,
    actor: userId,
    after: { by_mail: byMail },
  });
}
