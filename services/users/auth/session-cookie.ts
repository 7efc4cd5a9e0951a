import { createHmac, timingSafeEqual } from 'node:crypto';

export const SESSION_COOKIE = 'gantry.session_token';
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

function signatureOf(secret: string, token: string): Buffer {
  return createHmac('sha256', secret).update(token).digest();
}

/** The session token in a Cookie header, if it was signed by us (`token.signature`, as better-auth writes it). */
export function tokenFromCookie(secret: string, header: string): string | null {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== SESSION_COOKIE) continue;
    return verifiedToken(secret, pair.slice(at + 1).trim());
  }
  return null;
}

function verifiedToken(secret: string, value: string): string | null {
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch {
    return null;
  }
  const dot = text.lastIndexOf('.');
  const signature = text.slice(dot + 1);
  if (dot < 1 || !SIGNATURE.test(signature)) return null;
  const token = text.slice(0, dot);
  return timingSafeEqual(Buffer.from(signature, 'base64'), signatureOf(secret, token)) ? token : null;
}

/** A Set-Cookie value for this session; the same as better-auth's own. */
export function sessionCookie(secret: string, token: string, maxAgeS: number, secure: boolean): string {
  const value = encodeURIComponent(`${token}.${signatureOf(secret, token).toString('base64')}`);
  return `${SESSION_COOKIE}=${value}; Max-Age=${maxAgeS}; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Lax`;
}

export function clearedCookie(secure: boolean): string {
  return `${SESSION_COOKIE}=; Max-Age=0; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Lax`;
}
