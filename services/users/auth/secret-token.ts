import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;

/** A new secret of 256 random bits. Only its hash is stored: with that much chance in it, a fast hash is enough. */
export function newSecretToken(prefix = ''): { token: string; hash: Buffer } {
  const token = prefix + randomBytes(BYTES).toString('base64url');
  return { token, hash: hashToken(token) };
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
