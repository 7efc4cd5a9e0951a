import { userErrors } from '@gantry/contracts/users';
import { failWith, isDuplicate, one, uuidIn } from '@gantry/kit';
import { hashToken } from '../auth/secret-token.ts';
import type { Ctx } from '../context.ts';
import { queueMail } from '../mail/mail-queue.ts';
import { actAs, lockUser } from '../profile/profile.store.ts';
import { getMe } from '../profile/profile.ts';
import { dropTokens, setVerifiedEmail, useToken } from './credentials.store.ts';
import { provePassword } from './passwords.ts';
import { countMail } from './throttle.ts';

/** Sends a mail to my own address; nothing if it is proven already. */
export async function requestEmailVerification(ctx: Ctx): Promise<void> {
  const me = await getMe(ctx, ctx.userId);
  if (!me.email_verified) await queueConfirmation(ctx, me.email);
}

/** Sends a mail to the new address. The answer does not tell whether somebody else has it. */
export async function changeEmail(ctx: Ctx, input: { email: string; password: string }): Promise<void> {
  await provePassword(ctx, input.password, 'body/password');
  await queueConfirmation(ctx, input.email.toLowerCase());
}

async function queueConfirmation(ctx: Ctx, email: string): Promise<void> {
  await countMail(ctx, ctx.userId);
  const id = uuidIn('user', ctx.userId);
  await ctx.write((tx) => queueMail(tx, 'confirm_email', `${id} ${email}`, { user_id: id, email }));
}

/** The address is theirs who read its mail. Tokens sent to an earlier one are dead from here on. */
export async function confirmEmail(ctx: Ctx, input: { token: string }): Promise<void> {
  try {
    await ctx.write(async (tx) => {
      const [used] = await tx.query(useToken, [hashToken(input.token), 'email']);
      if (!used) throw failWith(userErrors, 'token_invalid');
      const me = one(await tx.query(lockUser, [used.user_id]));
      await tx.query(actAs, [me.id, ctx.origin, ctx.requestId ?? '', '']);
      await tx.query(setVerifiedEmail, [me.id, used.email]);
      if (used.email === me.email) return;
      await tx.query(dropTokens, [me.id]);
      await queueMail(tx, 'email_changed', me.id, { email: me.email, name: me.name });
    });
  } catch (error) {
    if (isDuplicate(error, 'users_email_key')) throw failWith(userErrors, 'email_taken');
    throw error;
  }
  ctx.service.wakeRelay();
}
