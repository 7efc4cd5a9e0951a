import type { IncomingHttpHeaders } from 'node:http';
import type { ConfigOf, Service } from '@gantry/kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { gatewayConfig } from '../config.ts';
import { attemptLimit } from './attempts.ts';
import type { Doorkeeper } from './credentials.ts';

const LIMITED = new Set(['signIn', 'signUp', 'requestPasswordReset', 'resetPassword', 'confirmEmail']);

/**
 * What happens to every request of the API before its route: headers nobody may bring are taken off, the
 * credential becomes our own token, answers get their security headers. Nothing is awaited when the credential
 * was exchanged in the last 750 ms.
 */
export function guardDoor(app: FastifyInstance, service: Service, doorkeeper: Doorkeeper): void {
  const config = service.config as ConfigOf<typeof gatewayConfig>;
  const limit = attemptLimit(config.AUTH_ATTEMPTS_PER_MINUTE);
  const https = service.platform.PUBLIC_URL?.startsWith('https:') ?? false;

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (https) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
    const url = request.raw.url as string;
    if (isPlainlyElsewhere(url)) return done();
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    try {
      if (request.method === 'POST' && (url.includes('/auth/') || url.includes('%')))
        beforeAuth(request, reply, doorkeeper, limit, config.TRUST_PROXY);
      const admitted = doorkeeper.admit(request.raw);
      // Set after what came in under this name was taken off.
      if (request.method === 'POST')
        request.raw.headers['x-gantry-address'] = addressOf(request, config.TRUST_PROXY);
      if (admitted === undefined) return done();
      admitted.then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Only an address as it will be matched counts: with escapes in it, or a whole URL, it may still be the API. */
function isPlainlyElsewhere(url: string): boolean {
  return url[0] === '/' && !url.startsWith('/api/') && !url.includes('%');
}

function beforeAuth(
  request: FastifyRequest,
  reply: FastifyReply,
  doorkeeper: Doorkeeper,
  limit: (address: string) => void,
  trustProxy: boolean,
): void {
  const { route } = request.routeOptions.config;
  if (route === undefined) return;
  if (LIMITED.has(route)) limit(addressOf(request, trustProxy));
  if (route === 'signOut') reply.raw.once('finish', doorkeeper.forgetting(request.headers));
}

function addressOf(request: FastifyRequest, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(request.headers) : undefined;
  return forwarded ?? request.socket.remoteAddress ?? 'unknown';
}

function lastOf(headers: IncomingHttpHeaders): string | undefined {
  const value = headers['x-forwarded-for'];
  return (Array.isArray(value) ? value.at(-1) : value)?.split(',').at(-1)?.trim() || undefined;
}
