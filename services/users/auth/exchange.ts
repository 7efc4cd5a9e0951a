import { decodeId, encodeId, FULL_SCOPE, type Id } from '@gantry/contracts';
import { API_KEY_PREFIX } from '@gantry/contracts/users';
import { AppError, FRESH_MS, type Principal } from '@gantry/kit';
import { bearerByHash, bearerById, touchApiKey } from '../api-keys/api-keys.store.ts';
import type { Ctx } from '../context.ts';
import { touchSession } from '../sessions/sessions.store.ts';
import { authOf } from './better-auth.ts';
import { signToken, TOKEN_S } from './jwt-keys.ts';
import { hashToken } from './secret-token.ts';
import { tokenFromCookie } from './session-cookie.ts';
import { type SessionRow, sessionById, sessionByToken } from './sessions.store.ts';

/** A token is given out again for half its life, so that those who verify it can remember that they did. */
const REUSE_MS = (TOKEN_S / 2) * 1000;
const MAX_KEPT = 10_000;
const NOBODY = { token: null, fresh_for_ms: 0 };

const kept = new WeakMap<object, Map<string, { token: string; until: number }>>();

/**
 * A token for the person behind a session cookie, an API key or an earlier token. Session or key is looked up
 * every time: one that was ended is nobody from that moment on.
 */
export async function exchangeCredential(
  ctx: Ctx,
  credential: { cookie?: string | undefined; authorization?: string | undefined },
): Promise<{ token: string | null; fresh_for_ms: number }> {
  const bearer = await bearerOf(ctx, credential);
  if (!bearer) return NOBODY;
  return { token: await tokenOf(ctx, bearer), fresh_for_ms: FRESH_MS };
}

/** A person as a token tells of them. */
interface Bearer {
  userId: Id<'user'>;
  /** Id of the session or of the API key. */
  sid: string;
  role: 'admin' | 'user';
  name: string;
  scope: string;
}

async function bearerOf(
  ctx: Ctx,
  { cookie, authorization }: { cookie?: string | undefined; authorization?: string | undefined },
): Promise<Bearer | null> {
  if (authorization !== undefined) return bearerOfHeader(ctx, authorization);
  if (cookie === undefined) return null;
  const token = tokenFromCookie(authOf(ctx.service).secret, cookie);
  const [session] = token === null ? [] : await ctx.query(sessionByToken, [token]);
  if (session?.stale) await ctx.query(touchSession, [session.id]);
  return sessionBearer(session);
}

async function bearerOfHeader(ctx: Ctx, authorization: string): Promise<Bearer | null> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return null;
  if (token.startsWith(API_KEY_PREFIX)) return keyBearer(ctx, bearerByHash, hashToken(token));
  const principal = await principalOf(ctx, token);
  if (principal === null) return null;
  const keyId = decodeId('api_key', principal.sessionId);
  if (keyId !== null) return keyBearer(ctx, bearerById, keyId);
  return sessionBearer(await livingSession(ctx, principal.sessionId));
}

function sessionBearer(session: SessionRow | undefined): Bearer | null {
  if (!session) return null;
  const { role, name } = session;
  const userId = encodeId('user', session.user_id);
  return { userId, sid: encodeId('session', session.id), role, name, scope: FULL_SCOPE };
}

async function keyBearer(ctx: Ctx, find: typeof bearerById, value: string | Buffer): Promise<Bearer | null> {
  const [key] = await ctx.query(find, [value]);
  if (!key) return null;
  if (key.stale) await ctx.query(touchApiKey, [key.id]);
  const { role, name } = key;
  const userId = encodeId('user', key.user_id);
  return { userId, sid: encodeId('api_key', key.id), role, name, scope: key.scopes.join(' ') };
}

async function principalOf(ctx: Ctx, token: string): Promise<Principal | null> {
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

async function tokenOf(ctx: Ctx, bearer: Bearer): Promise<string> {
  const tokens = kept.get(ctx.service) ?? new Map<string, { token: string; until: number }>();
  kept.set(ctx.service, tokens);
  const key = `${bearer.sid} ${bearer.role} ${bearer.scope} ${bearer.name}`;
  const hit = tokens.get(key);
  if (hit && hit.until > Date.now()) return hit.token;
  const token = await sign(ctx, bearer);
  tokens.delete(key);
  if (tokens.size >= MAX_KEPT) tokens.delete(tokens.keys().next().value as string);
  tokens.set(key, { token, until: Date.now() + REUSE_MS });
  return token;
}

/** A token of its own for a session. */
export function newToken(ctx: Ctx, session: SessionRow): Promise<string> {
  return sign(ctx, sessionBearer(session) as Bearer);
}

function sign(ctx: Ctx, { userId, sid, role, name, scope }: Bearer): Promise<string> {
  return signToken(ctx.service, { sub: userId, sid, role, name, scope });
}
