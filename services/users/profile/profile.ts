import { encodeId, type Id } from '@gantry/contracts';
import { type Me, userErrors } from '@gantry/contracts/users';
import { fail, failWith, isDuplicate, one, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { actAs, lockUser, type UserRow, updateUser, userById } from './profile.store.ts';

export function toMe(row: UserRow): Me {
  return {
    id: encodeId('user', row.id),
    username: row.display_username ?? row.username,
    email: row.email,
    email_verified: row.email_verified,
    first_name: row.first_name,
    last_name: row.last_name,
    name: row.name,
    role: row.role,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

export async function getMe(ctx: Ctx, userId: Id<'user'>): Promise<Me> {
  const [row] = await ctx.query(userById, [uuidIn('user', userId)]);
  if (!row) throw fail('unauthenticated');
  return toMe(row);
}

export interface ProfileInput {
  first_name?: string | undefined;
  last_name?: string | undefined;
  username?: string | undefined;
}

/** Changes my profile. The row's trigger logs it in the same transaction, as it does for better-auth's own writes. */
export async function updateMe(ctx: Ctx, input: ProfileInput): Promise<Me> {
  const id = uuidIn('user', ctx.userId);
  try {
    const me = await ctx.write(async (tx) => {
      const before = one(await tx.query(lockUser, [id]));
      ctx.checkVersion(before.version);
      await tx.query(actAs, [id, ctx.origin, ctx.requestId ?? '', ctx.facts.mutationId ?? '']);
      const row = await tx.query(updateUser, [
        id,
        input.first_name ?? before.first_name,
        input.last_name ?? before.last_name,
        input.username?.toLowerCase() ?? before.username,
        input.username ?? before.display_username,
      ]);
      return toMe(one(row));
    });
    ctx.service.wakeRelay();
    return me;
  } catch (error) {
    if (isDuplicate(error, 'users_username_key')) throw failWith(userErrors, 'username_taken');
    throw error;
  }
}
