import { encodeId, type List, streamName } from '@gantry/contracts';
import { type Platform, type PlatformUser, platformUpdated, userErrors } from '@gantry/contracts/users';
import { fail, failWith, listOf, one, type PageInput, pageOf, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import {
  anyUser,
  countUsers,
  lockSettings,
  pageOfUsers,
  platformRole,
  readSettings,
  saveSettings,
} from './platform.store.ts';

const MAILS = 50;

async function requireAdmin(ctx: Ctx): Promise<void> {
  const [row] = await ctx.query(platformRole, [uuidIn('user', ctx.userId)]);
  if (row?.role !== 'admin') throw fail('forbidden');
}

export async function getPlatform(ctx: Ctx): Promise<Platform> {
  return one(await ctx.query(readSettings));
}

export async function updatePlatform(
  ctx: Ctx,
  input: { sign_ups?: Platform['sign_ups'] | undefined },
): Promise<Platform> {
  await requireAdmin(ctx);
  return ctx.write(async (tx) => {
    const before = one(await tx.query(lockSettings));
    ctx.checkVersion(before.version);
    if (input.sign_ups === undefined || input.sign_ups === before.sign_ups) return before;
    const after = one(await tx.query(saveSettings, [input.sign_ups]));
    tx.record(platformUpdated, {
      stream: streamName('users', 'user', uuidIn('user', ctx.userId)),
      workspaceId: null,
      entityId: ctx.userId,
      version: after.version,
      before: { sign_ups: before.sign_ups },
      after: { sign_ups: after.sign_ups },
    });
    return after;
  });
}

/** Throws unless an account may be made now. The first account of an installation always may. */
export async function requireSignUps(ctx: Ctx, isInvited: boolean): Promise<void> {
  const { sign_ups: signUps } = await getPlatform(ctx);
  if (signUps === 'open' || (signUps === 'invite_only' && isInvited)) return;
  if ((await ctx.query(anyUser)).length === 0) return;
  throw failWith(userErrors, signUps === 'closed' ? 'sign_ups_closed' : 'invitation_needed');
}

export async function listUsers(
  ctx: Ctx,
  query: PageInput & { q?: string | undefined },
): Promise<List<PlatformUser>> {
  await requireAdmin(ctx);
  const page = pageOf(query);
  const like = query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`;
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfUsers, [like, page.limit, page.offset]),
    ctx.query(countUsers, [like]),
  ]);
  return listOf(
    rows.map((row) => ({ ...row, id: encodeId('user', row.id) })),
    one(counted).total,
    page,
  );
}

/** Mail that stayed here. Its links open accounts: whoever may read this may read everybody's. */
export async function listMails(ctx: Ctx, query: { limit?: number | undefined }) {
  await requireAdmin(ctx);
  return { data: await ctx.mail.outbox(query.limit ?? MAILS) };
}
