import { defineContract, defineRoute, FULL_SCOPE, type Id, Nullable, newId } from '@gantry/contracts';
import { exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { Type } from 'typebox';
import { fail } from '../errors.ts';
import { AUDIENCE, ISSUER } from '../http/tokens.ts';
import { defineService, handlerFor, type ServiceDefinition } from '../service.ts';

export interface TestIdentity {
  /** Stands in for the users service: its public keys, and the exchange of a token for a fresh one. */
  users: ServiceDefinition;
  /** A signed token of a person; claims may be overridden to forge one. */
  token(userId?: Id<'user'>, claims?: Record<string, unknown>): Promise<string>;
  /** Ends a session (the claim `sid`): its tokens are exchanged for nothing from now on. */
  revoke(sid: string): void;
  /** While true, the exchange answers `unavailable`. */
  away: boolean;
}

/** A key pair of its own with a tiny users service, for testing the kit without the real one. */
export async function testIdentity(): Promise<TestIdentity> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' };
  const getJwks = defineRoute({
    id: 'getJwks',
    method: 'GET',
    path: '/auth/jwks',
    auth: 'none',
    status: 200,
    summary: 'Public keys',
    response: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
  });
  const exchangeCredential = defineRoute({
    id: 'exchangeCredential',
    method: 'POST',
    path: '/internal/users/exchange',
    auth: 'service',
    status: 200,
    summary: 'Turn a token into a fresh one',
    body: Type.Object({ authorization: Type.Optional(Type.String()) }),
    response: Type.Object({ token: Nullable(Type.String()), fresh_for_ms: Type.Integer() }),
  });
  const revoked = new Set<unknown>();
  const sign = (claims: JWTPayload) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 300, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
      .setIssuedAt()
      .sign(privateKey);
  const exchange = async (authorization = ''): Promise<string | null> => {
    if (identity.away) throw fail('unavailable');
    const { payload } = await jwtVerify(authorization.slice('Bearer '.length), publicKey);
    const { exp: _exp, iat: _iat, ...claims } = payload;
    return revoked.has(claims.sid) ? null : sign(claims);
  };
  const users = defineService({
    name: 'users',
    contract: defineContract({ name: 'users', routes: { getJwks, exchangeCredential } }),
    config: {},
    migrations: null,
    pool: 0,
    calls: {},
    routes: [
      handlerFor()(getJwks, async () => ({ keys: [jwk] })),
      handlerFor()(exchangeCredential, async (_ctx, { body }) => ({
        token: await exchange(body.authorization),
        fresh_for_ms: 750,
      })),
    ],
  });
  const identity: TestIdentity = {
    users,
    token: (userId = newId('user'), claims = {}) =>
      sign({ sub: userId, sid: 'test', role: 'user', name: 'Test Person', scope: FULL_SCOPE, ...claims }),
    revoke: (sid) => void revoked.add(sid),
    away: false,
  };
  return identity;
}
