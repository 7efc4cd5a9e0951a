import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { AppError, asAppError, fail, problemFor } from '../errors.ts';
import type { Logger, Metrics } from '../telemetry.ts';

declare module 'fastify' {
  interface FastifyRequest {
    userId: string | null;
    startedAt: number;
  }
  interface FastifyContextConfig {
    service?: string;
    route?: string;
  }
}

const REQUEST_ID = /^[\w.:-]{8,100}$/;

/** What Fastify itself refuses, as our own codes. */
const FRAMEWORK: Record<string, () => AppError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => fail('unsupported_media_type'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    fail('malformed_json', { detail: 'The body is empty although content-type says JSON.' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => fail('malformed_json'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => fail('body_too_large', { headers: { connection: 'close' } }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    fail('malformed_json', { detail: 'The body is shorter or longer than content-length says.' }),
  FST_ERR_BAD_URL: () => fail('invalid_request', { detail: 'The address is not well-formed.' }),
  FST_ERR_ASYNC_CONSTRAINT: () => fail('not_found'),
  FST_ERR_MAX_PARAM_LENGTH: () => fail('not_found'),
};

/** What Node's parser refuses before there is a request. */
const RAW_DEFAULT = rawProblem(400, 'This is not a well-formed HTTP request.');
const RAW: Record<string, AppError> = {
  HPE_HEADER_OVERFLOW: rawProblem(431, 'The headers are too large; send 16 KiB at most.'),
  ERR_HTTP_REQUEST_TIMEOUT: rawProblem(408, 'The request took too long to arrive.'),
};

function rawProblem(status: number, detail: string): AppError {
  return new AppError('invalid_request', { status, title: 'The request is not valid', detail });
}

export interface ListenerOptions {
  log: Logger;
  metrics: Metrics;
  /** Name in log lines of requests no service claims. */
  name: string;
  /** True once clients should come by a new connection: every answer then closes its own. */
  isDraining?: () => boolean;
}

/** A Fastify listener with our errors, request ids, one log line a request, and nothing else. */
export function makeListener(options: ListenerOptions): FastifyInstance {
  const { log, metrics } = options;
  const boot = randomBytes(6).toString('base64url');
  let count = 0;
  const nextId = () => `${boot}-${(++count).toString(36)}`;
  const app = Fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
    // Node's own refusal has no body; ours is below.
    http: { requireHostHeader: false },
    // While draining, what still comes over open connections is answered and its connection closed.
    return503OnClosing: false,
    requestTimeout: 120_000,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : nextId();
    },
    frameworkErrors: (error, request, reply) => {
      const known = FRAMEWORK[error.code]?.() ?? fail('invalid_request');
      reply.raw.writeHead(known.spec.status, { 'content-type': 'application/problem+json' });
      reply.raw.end(JSON.stringify(problemFor(known, request.id)));
    },
    clientErrorHandler: (error, socket) => {
      const { code } = error as { code?: string };
      if (!socket.writable || code === 'ECONNRESET') return socket.destroy();
      const problem = RAW[code ?? ''] ?? RAW_DEFAULT;
      const body = JSON.stringify(problemFor(problem, nextId()));
      socket.end(
        `HTTP/1.1 ${problem.spec.status} ${STATUS_CODES[problem.spec.status]}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    },
  });
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('userId', null);
  app.decorateRequest('startedAt', 0);
  app.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now();
    reply.header('x-request-id', request.id);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      return done(fail('invalid_request', { detail: 'HTTP/1.1 needs a Host header.' }));
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (options.isDraining?.()) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const ms = performance.now() - request.startedAt;
    const { service = options.name, route = 'none' } = request.routeOptions.config;
    metrics.httpDuration.observe({ service, route, status: String(reply.statusCode) }, ms / 1000);
    log.info({
      service,
      request_id: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(ms * 10) / 10,
      user: request.userId ?? undefined,
    });
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A body that is refused before it was read would keep its connection, and a drain, waiting.
    if (!request.raw.complete) {
      reply.header('connection', 'close');
      request.raw.resume();
    }
    const known =
      (isCutOff(error, request) ? CUT_OFF : null) ??
      asAppError(error) ??
      FRAMEWORK[error.code]?.() ??
      (isClientFault(error) ? fail('invalid_request', { detail: error.message }) : null);
    const problem = known ?? fail('internal_error');
    if (!known)
      log.error({
        event: 'request_failed',
        request_id: request.id,
        route: request.routeOptions.config.route,
        reason: error.message,
        stack: error.stack,
      });
    else if (problem.code === 'unavailable') {
      log.warn({
        event: 'unavailable',
        request_id: request.id,
        route: request.routeOptions.config.route,
        reason: error.message,
        cause: (error as { code?: string }).code,
      });
      reply.header('retry-after', '2');
    }
    if (problem.headers) reply.headers(problem.headers);
    return reply
      .code(problem.spec.status)
      .header('content-type', 'application/problem+json')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(problemFor(problem, request.id)));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = fail('not_found', {
      detail: 'There is nothing at this address. See /docs for what there is.',
    });
    return reply
      .code(404)
      .header('content-type', 'application/problem+json')
      .send(JSON.stringify(problemFor(problem, request.id)));
  });
  return app;
}

const CUT_OFF = fail('malformed_json', { detail: 'The request ended before its body was complete.' });

/** The client went away in the middle of its own request: nobody's fault here, and nobody reads the answer. */
function isCutOff(error: FastifyError, request: FastifyRequest): boolean {
  return (
    !request.raw.complete && ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(error.code)
  );
}

function isClientFault(error: FastifyError): boolean {
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}

/** Port a listening app ended up on. */
export function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}
