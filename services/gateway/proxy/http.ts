import { type Readable, Transform } from 'node:stream';
import replyFrom from '@fastify/reply-from';
import { API_BASE, type RouteContract } from '@gantry/contracts';
import { AppError, fail, type Service } from '@gantry/kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTRACTS } from '../contracts.ts';

const DEFAULT_BODY_LIMIT = 1024 * 1024;
const RETRY_AFTER_MS = 50;

/** Passes every public route of a service that runs elsewhere on to it. Bodies stream through both ways. */
export async function proxyRemotes(app: FastifyInstance, service: Service): Promise<void> {
  const remote = CONTRACTS.filter((contract) => service.remotes.has(contract.name));
  if (remote.length === 0) return;
  await app.register(async (scope) => {
    await scope.register(replyFrom, {
      disableRequestLogging: true,
      retryMethods: [],
      undici: {
        connections: 128,
        pipelining: 1,
        keepAliveTimeout: 10_000,
        headersTimeout: 60_000,
        connect: { timeout: 2_000 },
      },
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (request, payload, done) => done(null, limited(request, payload)));
    for (const contract of remote) {
      const upstream = service.remotes.get(contract.name) as string;
      for (const route of Object.values(contract.routes)) {
        if (route.auth !== 'service') proxyRoute(scope, contract.name, route, upstream);
      }
    }
  });
}

/** The body as it comes, up to the limit of its route; what says its length was judged by that. */
function limited(request: FastifyRequest, payload: Readable): Readable {
  if (request.headers['content-length'] !== undefined) return payload;
  const limit = request.routeOptions.bodyLimit;
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > limit ? fail('body_too_large', { headers: { connection: 'close' } }) : null, chunk);
    },
  });
  return payload.pipe(counter);
}

function proxyRoute(app: FastifyInstance, owner: string, route: RouteContract, upstream: string): void {
  const limit = route.bodyLimit ?? DEFAULT_BODY_LIMIT;
  app.route({
    method: route.method,
    bodyLimit: limit,
    url: API_BASE + route.path.replace(/\{(\w+)\}/g, ':$1'),
    config: { service: owner, route: route.id },
    handler: (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > limit)
        throw fail('body_too_large', { headers: { connection: 'close' } });
      return forward(request, reply, upstream);
    },
  });
}

function forward(request: FastifyRequest, reply: FastifyReply, upstream: string): FastifyReply {
  return reply.from(pathOf(request.url), {
    getUpstream: () => upstream,
    rewriteRequestHeaders: (from, headers) => {
      const out: Record<string, string | string[] | undefined> = {};
      for (const name in headers) if (headers[name] !== undefined) out[name] = headers[name];
      out['x-request-id'] = (from as unknown as FastifyRequest).id;
      delete out['x-forwarded-for'];
      return out as typeof headers;
    },
    // Read again once when nobody answered: a process that is being replaced.
    retryDelay: ({ err, attempt }) =>
      err && request.method === 'GET' && attempt === 0 ? RETRY_AFTER_MS : null,
    onError: (to, { error }) => void to.send(tooLarge(error) ?? fail('unavailable')),
  });
}

/** The path without its query, also when the whole address was sent. */
function pathOf(url: string): string {
  const path = url[0] === '/' ? url : new URL(url).pathname;
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function tooLarge(error: Error): AppError | null {
  const { cause } = error;
  return cause instanceof AppError && cause.code === 'body_too_large' ? cause : null;
}
