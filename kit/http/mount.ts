import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  API_BASE,
  FULL_SCOPE,
  type Origin,
  type RouteContract,
  scopeOf,
  scopesAllow,
} from '@gantry/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Context, type ContextFacts, type Principal, type RuntimeHooks } from '../context.ts';
import { fail } from '../errors.ts';
import type { AnyContext, Service } from '../service.ts';
import { findIdempotent, type IdempotentRequest, IdempotentTwinError, requestHash } from './idempotency.ts';
import type { CompiledRoute, RouteInput } from './route.ts';
import { type TokenVerifier, verifyServiceToken } from './tokens.ts';

export const DEFAULT_BODY_LIMIT = 1024 * 1024;
const KEY = /^[\x21-\x7e]{1,255}$/;
const MUTATION = /^[\w.:-]{1,100}$/;

export interface MountOptions {
  service: Service;
  routes: readonly CompiledRoute[];
  hooks: RuntimeHooks;
  tokens: TokenVerifier;
  /** Mount the routes other services call; never on a listener that clients reach. */
  internal: boolean;
  /** Mount the routes clients call. */
  public: boolean;
}

/** Puts a service's routes on a listener. Every route is refused without a verified token unless its contract says `none`. */
export async function mountService(app: FastifyInstance, options: MountOptions): Promise<void> {
  for (const compiled of options.routes) {
    const { route } = compiled;
    const isInternal = route.auth === 'service';
    if (isInternal ? !options.internal : !options.public) continue;
    const url = (isInternal ? '' : API_BASE) + route.path.replace(/\{(\w+)\}/g, ':$1');
    const register = (scope: FastifyInstance) => {
      scope.route({
        method: route.method,
        url,
        bodyLimit: route.bodyLimit ?? DEFAULT_BODY_LIMIT,
        config: { service: options.service.name, route: route.id },
        handler: (request, reply) => answer(options, compiled, request, reply),
      });
    };
    if (route.raw?.body === 'stream') {
      await app.register(async (scope) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
        register(scope);
      });
    } else register(app);
  }
}

async function answer(
  options: MountOptions,
  compiled: CompiledRoute,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { route } = compiled;
  const { service } = options;
  const facts = await factsOf(options, route, request, reply);
  if (route.raw?.body === 'stream') refuseTooLarge(route, request);
  const input: RouteInput = {
    params: request.params,
    query: request.query,
    body: route.raw?.body ? undefined : request.body,
  };
  refuseTooDeep(input.body);
  compiled.check(input);
  // Only now is the body known to be of a shape that can be hashed.
  if (facts.idempotency)
    facts.idempotency.bodyHash = requestHash(request.method, request.url, input.body ?? null);
  const ctx = new Context(service, facts, options.hooks);

  if (facts.idempotency) return answerOnce(compiled, ctx, input, reply, facts.idempotency);
  const output = await compiled.handle(ctx, input);
  return send(compiled, request, reply, output);
}

async function factsOf(
  options: MountOptions,
  route: RouteContract,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ContextFacts> {
  const { headers } = request;
  const token = headers.authorization?.startsWith('Bearer ') ? headers.authorization.slice(7) : undefined;
  let principal: Principal | null = null;
  let caller: string | null = null;
  if (route.auth === 'service') {
    if (token === undefined) throw fail('unauthenticated');
    caller = await verifyServiceToken(options.service.secret, options.service.name, token);
  } else if (token !== undefined) {
    principal = options.tokens.verified(token) ?? (await options.tokens.verify(token));
    request.userId = principal.userId;
    refuseOutOfScope(options.service.name, route, principal);
  } else if (route.auth !== 'none') throw fail('unauthenticated');
  const isWrite = route.method !== 'GET';
  return {
    principal,
    caller,
    requestId: request.id,
    origin: (headers['x-gantry-origin'] === 'web' ? 'web' : 'api') satisfies Origin,
    mutationId: isWrite ? headerText(headers['x-mutation-id'], MUTATION) : null,
    ifMatch: isWrite ? ((headers['if-match'] as string | undefined) ?? null) : null,
    idempotency: isWrite && isRepeatable(route) && principal ? idempotencyOf(route, request) : null,
    request,
    reply,
  };
}

/** Every route passes here: what a key was not given is refused before anything is looked at. */
function refuseOutOfScope(owner: string, route: RouteContract, { scopes }: Principal): void {
  if (route.auth === 'none') return;
  if (route.scope === 'session') {
    if (!scopes.includes(FULL_SCOPE))
      throw fail('insufficient_scope', { detail: 'No API key can do this: sign in.' });
    return;
  }
  const wanted = scopeOf(owner, route.method);
  if (!scopesAllow(scopes, wanted))
    throw fail('insufficient_scope', { detail: `This needs a key with the scope ${wanted}.` });
}

/** Answers with secrets in them are never stored; neither are those of routes open to anyone (signing in and out). */
function isRepeatable(route: RouteContract): boolean {
  return route.auth !== 'service' && route.auth !== 'none' && route.secret !== true;
}

function headerText(value: string | string[] | undefined, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

function idempotencyOf(route: RouteContract, request: FastifyRequest): IdempotentRequest | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw fail('invalid_request', {
      fields: [
        {
          path: 'headers/idempotency-key',
          code: 'format',
          message: 'Use 1 to 255 visible ASCII characters.',
        },
      ],
    });
  }
  return {
    key,
    route: route.id,
    bodyHash: '',
  };
}

/** Deeper than anything of ours; what is handled recursively later on must not end in a full stack. */
const MAX_DEPTH = 64;

function refuseTooDeep(body: unknown): void {
  const isTooDeep = (value: unknown, left: number): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1)));
  if (isTooDeep(body, MAX_DEPTH))
    throw fail('invalid_request', { detail: `The body is nested deeper than ${MAX_DEPTH} levels.` });
}

function refuseTooLarge(route: RouteContract, request: FastifyRequest): void {
  const limit = route.bodyLimit ?? DEFAULT_BODY_LIMIT;
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    throw fail('body_too_large', {
      detail: `The limit here is ${Math.floor(limit / 1024 / 1024)} MiB.`,
      headers: { connection: 'close' },
    });
  }
}

/** Answers a write that may be a repeat: the stored answer if there is one, also when a twin wins the race. */
async function answerOnce(
  compiled: CompiledRoute,
  ctx: AnyContext,
  input: RouteInput,
  reply: FastifyReply,
  request: IdempotentRequest,
) {
  const stored = await findIdempotent(ctx.db, ctx.userId, request);
  if (stored) return sendPlain(compiled, reply.header('idempotent-replayed', 'true'), stored.response);
  try {
    const output = await compiled.handle(ctx, input);
    if ((ctx.written ?? undefined) !== (output ?? undefined))
      throw new Error(
        `${compiled.route.id} answers something else than its write returned; a repeat could not get the same answer`,
      );
    return sendPlain(compiled, reply, output);
  } catch (error) {
    // A twin that came first may show in many ways: its key is taken, its id exists, its version has passed.
    const twin = await findIdempotent(ctx.db, ctx.userId, request);
    if (!twin) throw error instanceof IdempotentTwinError ? fail('unavailable') : error;
    return sendPlain(compiled, reply.header('idempotent-replayed', 'true'), twin.response);
  }
}

function sendPlain(compiled: CompiledRoute, reply: FastifyReply, output: unknown) {
  return send(compiled, reply.request, reply, output);
}

function send(compiled: CompiledRoute, request: FastifyRequest, reply: FastifyReply, output: unknown) {
  const { route } = compiled;
  reply.code(route.status);
  if (route.status === 204 || (!route.response && !route.raw?.response)) return reply.send();
  if (route.raw?.response === 'ndjson') {
    return reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('cache-control', 'private, no-cache')
      .send(Readable.from(lines(output as AsyncIterable<unknown>)));
  }
  const body = compiled.serialize(output) as string;
  const etag = etagOf(output, body);
  reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('etag', etag)
    .header('cache-control', 'private, no-cache');
  if (route.method === 'GET' && matches(request.headers['if-none-match'], etag)) {
    return reply.code(304).removeHeader('content-type').send();
  }
  return reply.send(body);
}

async function* lines(output: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const line of output) yield `${JSON.stringify(line)}\n`;
}

/** Strong tag of this very representation; starts with the entity's version, which If-Match compares. */
function etagOf(output: unknown, body: string): string {
  const version = (output as { version?: unknown } | null)?.version;
  const digest = hash('sha1', body, 'base64url').slice(0, 16);
  return typeof version === 'number' ? `"v${version}.${digest}"` : `"${digest}"`;
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
