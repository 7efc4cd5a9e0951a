import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { pageHeaders } from '../web/page-headers.ts';
import { OPENAPI_PATH } from './openapi.ts';

const PAGE = '/docs/';
const SCRIPT = '/docs/js/scalar.js';
const INLINE_SCRIPT = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g;

interface Reference {
  html: string;
  script: string;
  compressed: Buffer;
  headers: Record<string, string>;
}

/** The API reference at /docs: Scalar, from our own origin. Loaded at the first visit, as it is 5 MB of script. */
export function serveReference(app: FastifyInstance): void {
  let loading: Promise<Reference> | undefined;
  const reference = () => {
    loading ??= loadReference();
    return loading;
  };
  const config = { service: 'gateway', route: 'docs' };
  app.get('/docs', { config }, (_request, reply) => reply.redirect(PAGE));
  app.get(PAGE, { config }, async (_request, reply) => {
    const { html, headers } = await reference();
    return reply.headers(headers).header('content-type', 'text/html; charset=utf-8').send(html);
  });
  app.get(SCRIPT, { config }, async (request, reply) => {
    const { script, compressed } = await reference();
    reply
      .header('content-type', 'text/javascript; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('vary', 'accept-encoding');
    if (!/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(script);
    return reply.header('content-encoding', 'br').send(compressed);
  });
}

/** Scalar keeps its page and script inside a Fastify plugin: a listener of its own gives them once. */
async function loadReference(): Promise<Reference> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const host = Fastify();
  await host.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: OPENAPI_PATH,
      pageTitle: 'Gantry API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      // What these offer is done by servers of others.
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    } as object,
  });
  const [page, script] = await Promise.all([host.inject(PAGE), host.inject(SCRIPT)]);
  await host.close();
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  return {
    html: page.body,
    script: script.body,
    compressed: await promisify(brotliCompress)(script.body, quality),
    headers: pageHeaders({ scripts: hashesOf(page.body), inlineStyles: true }),
  };
}

/** CSP hashes of the scripts written into the page. */
function hashesOf(html: string): string[] {
  return [...html.matchAll(INLINE_SCRIPT)].map(
    ([, text]) =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`,
  );
}
