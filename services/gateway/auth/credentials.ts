import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from '@gantry/contracts';
import type { usersRoutes } from '@gantry/contracts/users';
import { fail, freshCache, type Service } from '@gantry/kit';
import { isSameOrigin } from './same-origin.ts';

const COOKIE = 'gantry.session_token';
/** What the exchange takes; anything longer was not made by us. */
const MAX_CREDENTIAL = 8192;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Doorkeeper {
  /**
   * Replaces whatever credential came in by a fresh token of ours, or by none. Undefined: done at once, by what
   * was found out in the last 750 ms. Throws, or rejects, if the request must not go on.
   */
  admit(request: { method?: string | undefined; headers: IncomingHttpHeaders }): Promise<void> | undefined;
  /** Gives what forgets this credential; to be asked before `admit` replaces it, and called when it has ended. */
  forgetting(headers: IncomingHttpHeaders): () => void;
}

interface Credential {
  key: string;
  origin: 'web' | 'api';
}

export function makeDoorkeeper(service: Service): Doorkeeper {
  const users = service.call.users as unknown as Client<typeof usersRoutes>;
  const publicUrl = service.platform.PUBLIC_URL;
  const publicOrigin = publicUrl ? new URL(publicUrl).origin : null;
  const known = freshCache<string | null>();

  async function exchange(headers: IncomingHttpHeaders, { key, origin }: Credential): Promise<void> {
    const { value } = await known.get(key, async () => {
      const body = origin === 'web' ? { cookie: key } : { authorization: key };
      const { token, fresh_for_ms } = await users.exchangeCredential({ body });
      const value = token === null ? null : `Bearer ${token}`;
      return { value, freshForMs: fresh_for_ms, keep: token !== null };
    });
    replace(headers, value, origin);
  }

  return {
    admit({ method = 'GET', headers }) {
      for (const name in headers) if (name.startsWith('x-gantry-')) headers[name] = undefined;
      const credential = credentialOf(headers);
      if (isForeign(method, headers, credential, publicOrigin)) {
        throw fail('forbidden', {
          detail: 'This request comes from another site. Send it from our own pages, or with a token.',
        });
      }
      if (credential === null) {
        replace(headers, null, 'api');
        return undefined;
      }
      const hit = known.peek(credential.key);
      if (hit === undefined) return exchange(headers, credential);
      replace(headers, hit, credential.origin);
      return undefined;
    },
    forgetting(headers) {
      const credential = credentialOf(headers);
      return () => {
        if (credential) known.delete(credential.key);
      };
    },
  };
}

function credentialOf(headers: IncomingHttpHeaders): Credential | null {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) {
    return authorization.length <= MAX_CREDENTIAL ? { key: authorization, origin: 'api' } : null;
  }
  const pair = cookie === undefined ? null : sessionPair(cookie);
  return pair === null || pair.length > MAX_CREDENTIAL ? null : { key: pair, origin: 'web' };
}

/** `gantry.session_token=…` out of a Cookie header; other cookies are nobody's business. */
function sessionPair(cookie: string): string | null {
  let at = cookie.indexOf(`${COOKIE}=`);
  while (at > 0 && cookie[at - 1] !== ' ' && cookie[at - 1] !== ';')
    at = cookie.indexOf(`${COOKIE}=`, at + 1);
  if (at < 0) return null;
  const end = cookie.indexOf(';', at);
  return cookie.slice(at, end < 0 ? undefined : end);
}

function isForeign(
  method: string,
  headers: IncomingHttpHeaders,
  credential: Credential | null,
  publicOrigin: string | null,
): boolean {
  // A live socket is opened by GET and is not stopped by the browser's same-origin rule.
  if (SAFE.has(method) && headers.upgrade === undefined) return false;
  if (credential?.origin === 'api') return false;
  // Without a cookie nothing proves a browser; but one that says it comes from elsewhere is believed.
  if (credential === null && headers['sec-fetch-site'] === undefined) return false;
  return !isSameOrigin(headers, publicOrigin);
}

/** From here on the only credential is our own token. Set to undefined, not deleted: deleting slows every later look-up. */
function replace(headers: IncomingHttpHeaders, bearer: string | null, origin: 'web' | 'api'): void {
  headers.authorization = bearer ?? undefined;
  headers.cookie = undefined;
  headers['x-gantry-origin'] = bearer === null ? undefined : origin;
}
