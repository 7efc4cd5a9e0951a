import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { uuidv7 } from '@gantry/contracts';
import { AUDIENCE, ISSUER, type Service, statement, type UserClaims } from '@gantry/kit';
import { SignJWT } from 'jose';

/** Life of a token. Short, because a verified token is believed until it ends. */
export const TOKEN_S = 300;
/** A key signs for 30 days; its public half is shown a day longer than the last token it signed lives. */
const ROTATE_DAYS = 30;
const SHOW_DAYS = ROTATE_DAYS + 1;
const LOOK_AGAIN_MS = 10 * 60_000;
const KEY_LOCK = 7_236_101;

interface KeyRow {
  id: string;
  public_jwk: Record<string, unknown>;
  private_key: Buffer;
}
const lockKeys = statement('jwt_key.lock', 'select pg_advisory_xact_lock($1)');
const newest = statement<KeyRow>(
  'jwt_key.newest',
  `select id, public_jwk, private_key from jwt_key where created_at > now() - interval '${ROTATE_DAYS} days' order by created_at desc, id desc limit 5`,
);
const insert = statement(
  'jwt_key.insert',
  'insert into jwt_key (id, public_jwk, private_key) values ($1, $2, $3)',
);
const shown = statement<{ public_jwk: Record<string, unknown> }>(
  'jwt_key.shown',
  `select public_jwk from jwt_key where created_at > now() - interval '${SHOW_DAYS} days' order by created_at desc`,
);
const removeOld = statement(
  'jwt_key.remove_old',
  `delete from jwt_key where created_at < now() - interval '${2 * SHOW_DAYS} days'`,
);

interface SigningKey {
  kid: string;
  key: KeyObject;
}
const current = new WeakMap<object, { key: SigningKey; until: number }>();

/** The public keys that verify our tokens (JWKS). */
export async function publicKeys(service: Service): Promise<Record<string, unknown>[]> {
  return (await service.db.query(shown)).map((row) => row.public_jwk);
}

/** A signed token with these claims. */
export async function signToken(
  service: Service,
  claims: Pick<UserClaims, 'sub' | 'sid' | 'role' | 'name' | 'scope'>,
): Promise<string> {
  const { kid, key } = await signingKey(service);
  return new SignJWT({ sid: claims.sid, role: claims.role, name: claims.name, scope: claims.scope })
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setSubject(claims.sub)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setJti(uuidv7())
    .setExpirationTime(`${TOKEN_S}s`)
    .sign(key);
}

async function signingKey(service: Service): Promise<SigningKey> {
  const hit = current.get(service);
  return hit && hit.until > Date.now() ? hit.key : rotateKeys(service);
}

/** Takes the newest key that is young enough, or makes one. One process of the fleet at a time. */
export async function rotateKeys(service: Service): Promise<SigningKey> {
  const secret = encryptionKey(service.secret);
  const key = await service.systemContext().write(async (tx) => {
    await tx.query(lockKeys, [KEY_LOCK]);
    for (const row of await tx.query(newest)) {
      const pem = decrypt(secret, row.private_key);
      if (pem) return { kid: row.id, key: createPrivateKey(pem) };
    }
    // None yet, all too old, or made under another secret.
    const made = generateKeyPairSync('ed25519');
    const kid = uuidv7();
    const publicJwk = { ...made.publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
    const pem = made.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await tx.query(insert, [kid, JSON.stringify(publicJwk), encrypt(secret, pem)]);
    await tx.query(removeOld);
    return { kid, key: made.privateKey };
  });
  current.set(service, { key, until: Date.now() + LOOK_AGAIN_MS });
  return key;
}

function encryptionKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'jwt keys', 32));
}

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the text. */
function encrypt(key: Buffer, text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, bytes: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
