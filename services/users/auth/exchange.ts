import { decodeId, encodeId } from '@gantry/contracts';
import { AppError, FRESH_MS, type Principal } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { authOf } from './better-auth.ts';
import { signToken, TOKEN_S } from './jwt-keys.ts';
import { tokenFromCookie } from './session-cookie.ts';
import { type SessionRow, sessionById, sessionByToken } from './sessions.store.ts';

/** A token is given out again for half its life, so that those who verify it can remember that they did. */
const REUSE_MS = (TOKEN_S / 2) * 1000;
const MAX_KEPT = 10_000;
const NOBODY = { token: null, fresh_for_ms: 0 };

const kept = new WeakMap<object, Map<string, { token: string; until: number }>>();

/**
 * A token for the person behind a session cookie or an earlier token. The session is looked up every time: one
 * that was ended is nobody from that moment on.
 */
export async function exchangeCredential(
  ctx: Ctx,
  credential: { cookie?: string | undefined; authorization?: string | undefined },
): Promise<{ token: string | null; fresh_for_ms: number }> {
  const session = await sessionBehind(ctx, credential);
  if (!session) return NOBODY;
  return { token: await tokenOf(ctx, session), fresh_for_ms: FRESH_MS };
}

async function sessionBehind(
  ctx: Ctx,
  { cookie, authorization }: { cookie?: string | undefined; authorization?: string | undefined },
): Promise<SessionRow | undefined> {
  if (authorization !== undefined) {
    const principal = await principalOf(ctx, authorization);
    return principal ? livingSession(ctx, principal.sessionId) : undefined;
  }
  if (cookie === undefined) return undefined;
  const token = tokenFromCookie(authOf(ctx.service).secret, cookie);
  return token === null ? undefined : (await ctx.query(sessionByToken, [token]))[0];
}

async function principalOf(ctx: Ctx, authorization: string): Promise<Principal | null> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return null;
  try {
    return await ctx.service.tokens.verify(token);
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') return null;
    throw error;
  }
}

/** The session of this id (as tokens carry it), if it has not ended. */
export async function livingSession(ctx: Ctx, sid: string): Promise<SessionRow | undefined> {
  const id = decodeId('session', sid);
  return id === null ? undefined : sessionById(ctx.db, id);
}

async function tokenOf(ctx: Ctx, session: SessionRow): Promise<string> {
  const tokens = kept.get(ctx.service) ?? new Map<string, { token: string; until: number }>();
  kept.set(ctx.service, tokens);
  const key = `${session.id} ${session.role} ${session.name}`;
  const hit = tokens.get(key);
  if (hit && hit.until > Date.now()) return hit.token;
  const token = await newToken(ctx, session);
  tokens.delete(key);
  if (tokens.size >= MAX_KEPT) tokens.delete(tokens.keys().next().value as string);
  tokens.set(key, { token, until: Date.now() + REUSE_MS });
  return token;
}

export function newToken(ctx: Ctx, session: SessionRow): Promise<string> {
  return signToken(ctx.service, {
    sub: encodeId('user', session.user_id),
    sid: encodeId('session', session.id),
    role: session.role,
    name: session.name,
  });
}
