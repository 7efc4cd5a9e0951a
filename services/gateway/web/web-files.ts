import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import compress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import type { ConfigOf, Service } from '@gantry/kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { gatewayConfig } from '../config.ts';
import { notBuiltPage } from './not-built-page.ts';
import { pageHeaders } from './page-headers.ts';

/** Given with the file, not before: an answer that there is no such file must not be kept. */
const FOREVER = { cacheControl: true, maxAge: '365d', immutable: true };
const CHECKED = { cacheControl: true, maxAge: 0 };
/** First parts of addresses that are never pages of the web app. */
const NOT_PAGES = /^\/(api|docs|health|metrics|internal|assets)(\/|$)/;
const FILE = /\.[a-z0-9]{1,8}$/i;

/** Serves the built web app: its hashed files for ever, its one page for every address people navigate to. */
export async function serveWeb(app: FastifyInstance, service: Service): Promise<void> {
  const { WEB_DIST } = service.config as ConfigOf<typeof gatewayConfig>;
  const headers = pageHeaders();
  const config = { service: 'gateway', route: 'web' };
  if (WEB_DIST === undefined || !existsSync(join(WEB_DIST, 'index.html'))) {
    app.get('/*', { config }, (request, reply) => {
      if (!isPage(request)) return reply.callNotFound();
      return reply.code(404).headers(headers).type('text/html; charset=utf-8').send(notBuiltPage);
    });
    return;
  }
  await app.register(async (scope) => {
    await scope.register(compress, { encodings: ['br', 'gzip', 'identity'] });
    await scope.register(fastifyStatic, {
      root: resolve(WEB_DIST),
      serve: false,
      cacheControl: false,
      index: false,
    });
    scope.get('/*', { config }, (request, reply) => {
      const path = pathOf(request);
      if (path.startsWith('/assets/')) return reply.sendFile(path.slice(1), FOREVER);
      if (isPage(request)) return reply.headers(headers).sendFile('index.html');
      return NOT_PAGES.test(path) ? reply.callNotFound() : reply.sendFile(path.slice(1), CHECKED);
    });
  });
}

function pathOf(request: FastifyRequest): string {
  return `/${(request.params as { '*': string })['*']}`;
}

/** True if a person navigates: the start page, or an address without a file's ending for which HTML is wanted. */
function isPage(request: FastifyRequest): boolean {
  const path = pathOf(request);
  if (path === '/') return true;
  return !NOT_PAGES.test(path) && !FILE.test(path) && /text\/html/.test(request.headers.accept ?? '');
}
