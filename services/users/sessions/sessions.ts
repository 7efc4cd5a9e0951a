import { decodeId, encodeId, type Id, type List, streamName } from '@gantry/contracts';
import { type OpenSession, type SignIn, sessionEnded, sessionStarted } from '@gantry/contracts/users';
import { fail, listOf, one, type PageInput, pageOf, type Transaction, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { addressOf } from '../credentials/throttle.ts';
import { deviceOf } from './device.ts';
import {
  countSessions,
  countSignIns,
  deleteSessionOf,
  deleteSessionsOf,
  insertSignIn,
  pageOfSessions,
  pageOfSignIns,
  setSessionAddress,
} from './sessions.store.ts';

/** The session that asks, as a UUID; null for any other credential. */
export function currentSession(ctx: Ctx): string | null {
  return ctx.principal ? decodeId('session', ctx.principal.sessionId) : null;
}

function userAgentOf(ctx: Ctx): string | null {
  return ctx.facts.request?.headers['user-agent']?.slice(0, 500) ?? null;
}

export async function listSessions(ctx: Ctx, query: PageInput): Promise<List<OpenSession>> {
  const me = uuidIn('user', ctx.userId);
  const current = currentSession(ctx);
  const page = pageOf(query);
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfSessions, [me, page.limit, page.offset]),
    ctx.query(countSessions, [me]),
  ]);
  const data = rows.map((row) => ({
    id: encodeId('session', row.id),
    device: deviceOf(row.user_agent),
    address: row.ip_address,
    current: row.id === current,
    created_at: row.created_at,
    last_seen_at: row.last_seen_at,
    expires_at: row.expires_at,
  }));
  return listOf(data, one(counted).total, page);
}

/** Ends one of my sessions; anybody else's is not there. */
export async function revokeSession(ctx: Ctx, id: Id<'session'>): Promise<void> {
  await ctx.write(async (tx) => {
    const gone = await tx.query(deleteSessionOf, [uuidIn('session', id), uuidIn('user', ctx.userId)]);
    if (gone.length === 0) throw fail('not_found');
    recordEnd(tx, ctx.userId, id);
  });
}

export async function revokeOtherSessions(ctx: Ctx): Promise<void> {
  await ctx.write((tx) => endSessions(tx, ctx.userId, currentSession(ctx)));
}

/** Ends every session of a person but one (null: every one). They are out as soon as nobody believes them any more. */
export async function endSessions(tx: Transaction, userId: Id<'user'>, keep: string | null): Promise<void> {
  for (const { id } of await tx.query(deleteSessionsOf, [uuidIn('user', userId), keep]))
    recordEnd(tx, userId, encodeId('session', id));
}

function recordEnd(tx: Transaction, userId: Id<'user'>, id: Id<'session'>): void {
  tx.record(sessionEnded, { ...about(userId, id, 2), after: {} });
}

function about(userId: Id<'user'>, id: Id<'session'>, version: number) {
  const stream = streamName('users', 'user', uuidIn('user', userId));
  return { stream, workspaceId: null, entityId: id, root: userId, version, actor: userId };
}

/** Notes a session that has just begun. */
export async function noteSession(ctx: Ctx, tx: Transaction, userId: Id<'user'>, sessionUuid: string) {
  await tx.query(setSessionAddress, [sessionUuid, addressOf(ctx)]);
  const id = encodeId('session', sessionUuid);
  tx.record(sessionStarted, { ...about(userId, id, 1), after: { device: deviceOf(userAgentOf(ctx)) } });
}

/**
 * Notes an attempt for its person to see. Nobody waits for it, so that the answer takes as long for a name that
 * nobody has.
 */
export function noteSignIn(ctx: Ctx, login: string, outcome: SignIn['outcome']): void {
  const values = [login.trim().toLowerCase(), outcome, addressOf(ctx), userAgentOf(ctx)];
  ctx.query(insertSignIn, values).catch((error: Error) => {
    ctx.log.warn({ event: 'sign_in_not_noted', reason: error.message });
  });
}

export async function listSignIns(ctx: Ctx, query: PageInput): Promise<List<SignIn>> {
  const me = uuidIn('user', ctx.userId);
  const page = pageOf(query);
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfSignIns, [me, page.limit, page.offset]),
    ctx.query(countSignIns, [me]),
  ]);
  const data = rows.map(({ id, user_agent, ...row }) => ({
    ...row,
    id: encodeId('sign_in', id),
    device: deviceOf(user_agent),
  }));
  return listOf(data, one(counted).total, page);
}
