import { createHmac } from 'node:crypto';
import { kyselyAdapter } from '@better-auth/kysely-adapter';
import { uuidv7 } from '@gantry/contracts';
import type { Service } from '@gantry/kit';
import { betterAuth } from 'better-auth/minimal';
import { username } from 'better-auth/plugins/username';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { hashPassword, verifyPassword } from './password.ts';

export const SESSION_DAYS = 30;
const DAY_S = 24 * 3600;
const CONNECTIONS = 3;

/** Credentials and sessions of one running service, kept by better-auth. Its HTTP handler is not mounted. */
export type Auth = ReturnType<typeof makeAuth>;

export function makeAuth(service: Service) {
  // Without our type parsers: better-auth works with Date objects.
  const { types: _, ...options } = service.db.clientOptions;
  const pool = new pg.Pool({ ...options, max: CONNECTIONS, connectionTimeoutMillis: 5_000 });
  pool.on('error', (error) => service.log.warn({ event: 'database_connection_lost', reason: error.message }));
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
  const secret = createHmac('sha256', service.secret).update('session cookies').digest('base64url');
  const publicUrl = service.platform.PUBLIC_URL;
  const secure = publicUrl?.startsWith('https:') ?? false;
  const timestamps = { createdAt: 'created_at', updatedAt: 'updated_at' };
  const engine = betterAuth({
    appName: 'Gantry',
    baseURL: publicUrl ?? 'http://localhost',
    secret,
    database: kyselyAdapter(db, { type: 'postgres', transaction: true }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 10,
      maxPasswordLength: 128,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    // The cookie cache would keep a revoked session alive: off.
    session: {
      modelName: 'session',
      expiresIn: SESSION_DAYS * DAY_S,
      cookieCache: { enabled: false },
      fields: {
        ...timestamps,
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    user: {
      modelName: 'users',
      fields: { ...timestamps, emailVerified: 'email_verified' },
      additionalFields: {
        firstName: { type: 'string', fieldName: 'first_name' },
        lastName: { type: 'string', fieldName: 'last_name' },
        firstWorkspace: { type: 'string', fieldName: 'first_workspace', required: false, returned: false },
      },
    },
    account: {
      modelName: 'account',
      fields: {
        ...timestamps,
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    verification: { modelName: 'verification', fields: { ...timestamps, expiresAt: 'expires_at' } },
    plugins: [
      username({
        minUsernameLength: 3,
        maxUsernameLength: 30,
        usernameValidator: (name) => /^[A-Za-z0-9_.-]+$/.test(name),
        schema: { user: { fields: { displayUsername: 'display_username' } } },
      }),
    ],
    advanced: {
      cookiePrefix: 'gantry',
      // The name stays the same with https; only the attribute changes.
      useSecureCookies: false,
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => uuidv7() },
    },
    telemetry: { enabled: false },
    // Its messages may hold e-mail addresses: only the level and the fact are logged.
    logger: { level: 'error', log: (level) => service.log.warn({ event: 'auth_library', level }) },
  });
  return { engine, secret, secure, close: () => db.destroy() };
}

const running = new WeakMap<object, Auth>();

/** Starts better-auth for a service; gives what ends it. */
export function startAuth(service: Service): () => Promise<void> {
  const auth = makeAuth(service);
  running.set(service, auth);
  return auth.close;
}

export function authOf(service: object): Auth {
  const auth = running.get(service);
  if (!auth) throw new Error('the users service has not been started');
  return auth;
}
