import { createHmac } from 'node:crypto';
import type { Id } from '@gantry/contracts';
import {
  createLocalJWKSet,
  type JSONWebKeySet,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Principal } from '../context.ts';
import { fail } from '../errors.ts';

/** Issuer and audience of every token of the platform. */
export const ISSUER = 'gantry';
export const AUDIENCE = 'gantry';
const MAX_VERIFIED = 10_000;
const JWKS_TTL_MS = 5 * 60_000;
const JWKS_RETRY_MS = 1_000;
const SERVICE_TOKEN_S = 60;

/** Claims of a person's token: `sub` user id, `sid` session id, `role` on the platform, `name` as shown, `scope` what it may be used for. */
export interface UserClaims extends JWTPayload {
  sub: string;
  sid: string;
  role: 'admin' | 'user';
  name: string;
  /** Scopes separated by spaces; without any, the token may do nothing. */
  scope?: string;
}

export interface TokenVerifier {
  /** The person behind a token. Throws `unauthenticated` for anything forged, foreign, expired; `unavailable` if keys cannot be had. */
  verify(token: string): Promise<Principal>;
  /** The person, if this very token was verified before and has not expired: costs a look-up. */
  verified(token: string): Principal | undefined;
}

/** Verifies signatures with the users service's public keys, EdDSA only; a verified token is remembered until it expires. */
export function tokenVerifier(fetchKeys: () => Promise<JSONWebKeySet>): TokenVerifier {
  const known = new Map<string, { principal: Principal; until: number }>();
  let keys: { find: ReturnType<typeof createLocalJWKSet>; at: number } | null = null;
  let fetching: Promise<void> | null = null;
  let triedAt = 0;
  async function fetchOnce(): Promise<void> {
    triedAt = Date.now();
    try {
      keys = { find: createLocalJWKSet(await fetchKeys()), at: Date.now() };
    } catch {
      // Keys we have stay good while their owner is away.
      if (!keys) throw fail('unavailable');
    } finally {
      fetching = null;
    }
  }
  async function keySet(fresh: boolean) {
    const age = keys ? Date.now() - keys.at : Number.POSITIVE_INFINITY;
    const isDue = age > JWKS_TTL_MS || (fresh && age > JWKS_RETRY_MS);
    // All who need them wait for one question; after a vain one nobody asks again for a second.
    if (!keys || (isDue && (fetching || Date.now() - triedAt > JWKS_RETRY_MS))) {
      fetching ??= fetchOnce();
      await fetching;
    }
    if (!keys) throw fail('unavailable');
    return keys.find;
  }
  async function check(token: string, fresh: boolean): Promise<UserClaims> {
    const { payload } = await jwtVerify(token, await keySet(fresh), {
      algorithms: ['EdDSA'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'sid', 'exp'],
    });
    return payload as UserClaims;
  }
  function verified(token: string): Principal | undefined {
    const hit = known.get(token);
    if (hit === undefined) return undefined;
    if (hit.until > Date.now()) return hit.principal;
    known.delete(token);
    return undefined;
  }
  return {
    verified,
    async verify(token) {
      const hit = verified(token);
      if (hit) return hit;
      let claims: UserClaims;
      try {
        claims = await check(token, false).catch((error) => {
          if (error instanceof joseErrors.JWKSNoMatchingKey) return check(token, true);
          throw error;
        });
      } catch (error) {
        if (error instanceof joseErrors.JOSEError || error instanceof TypeError)
          throw fail('unauthenticated');
        throw error;
      }
      const principal: Principal = {
        userId: claims.sub as Id<'user'>,
        sessionId: claims.sid,
        role: claims.role,
        name: claims.name,
        scopes: claims.scope?.split(' ') ?? [],
      };
      if (known.size >= MAX_VERIFIED) known.delete(known.keys().next().value as string);
      known.set(token, { principal, until: (claims.exp as number) * 1000 });
      return principal;
    },
  };
}

function serviceKey(secret: string): Uint8Array {
  return createHmac('sha256', secret).update('service tokens').digest();
}

/** Token one service shows another: HS256 by the shared secret, for one callee, a minute long. Cached for half its life. */
export function serviceTokens(secret: string, caller: string) {
  const made = new Map<string, { token: string; until: number }>();
  return async (callee: string): Promise<string> => {
    const hit = made.get(callee);
    if (hit && hit.until > Date.now()) return hit.token;
    const token = await new SignJWT({ svc: caller })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(`service:${callee}`)
      .setIssuedAt()
      .setExpirationTime(`${SERVICE_TOKEN_S}s`)
      .sign(serviceKey(secret));
    made.set(callee, { token, until: Date.now() + (SERVICE_TOKEN_S / 2) * 1000 });
    return token;
  };
}

/** The calling service behind a service token for `callee`. Throws `unauthenticated`. */
export async function verifyServiceToken(secret: string, callee: string, token: string): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, serviceKey(secret), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: `service:${callee}`,
    });
    return String(payload.svc);
  } catch {
    throw fail('unauthenticated');
  }
}
