import { createHash } from 'node:crypto';
import { API_BASE } from '@gantry/contracts';
import { openApi } from '@gantry/kit';
import type { FastifyInstance } from 'fastify';
import { CONTRACTS } from '../contracts.ts';

export const OPENAPI_PATH = `${API_BASE}/openapi.json`;
const VERSION = '0.1.0';
const DESCRIPTION = [
  'REST, JSON, snake_case. Sign in by `POST /api/v1/auth/sign-in` (sets a session cookie) and, for programs, take a',
  'short-lived token by `POST /api/v1/auth/token`. Every write takes an `Idempotency-Key`; reads answer an `ETag`,',
  'which writes take as `If-Match`. Errors are `application/problem+json` with a stable `code`.',
  'Live changes: WebSocket `/api/v1/live`.',
].join('\n');

export function openApiDocument(): object {
  return openApi(CONTRACTS, { title: 'Gantry', version: VERSION, description: DESCRIPTION });
}

export function serveOpenApi(app: FastifyInstance): void {
  const text = JSON.stringify(openApiDocument());
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  app.get(OPENAPI_PATH, { config: { service: 'gateway', route: 'openApi' } }, (request, reply) => {
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}
