import { defineContract, defineRoute, type Id, newId } from '@gantry/contracts';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Type } from 'typebox';
import { AUDIENCE, ISSUER } from '../http/tokens.ts';
import { defineService, handlerFor, type ServiceDefinition } from '../service.ts';

export interface TestIdentity {
  /** Stands in for the users service: only its public keys. */
  users: ServiceDefinition;
  /** A signed token of a person; claims may be overridden to forge one. */
  token(userId?: Id<'user'>, claims?: Record<string, unknown>): Promise<string>;
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
  const users = defineService({
    name: 'users',
    contract: defineContract({ name: 'users', routes: { getJwks } }),
    config: {},
    migrations: null,
    pool: 0,
    calls: {},
    routes: [handlerFor()(getJwks, async () => ({ keys: [jwk] }))],
  });
  return {
    users,
    token: (userId = newId('user'), claims = {}) =>
      new SignJWT({
        sid: 'test',
        role: 'user',
        name: 'Test Person',
        iss: ISSUER,
        aud: AUDIENCE,
        exp: Math.floor(Date.now() / 1000) + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
        .setSubject(userId)
        .setIssuedAt()
        .sign(privateKey),
  };
}
