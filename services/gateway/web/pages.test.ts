import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry } from '../../../tests/setup/gantry.ts';
import { CONTRACTS } from '../contracts.ts';

let gantry: TestGantry;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-web-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Gantry</title>');
  await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, 'assets', 'index-abc123.js'), `export default '${'x'.repeat(5000)}'`);
  gantry = await startTestGantry({
    shape: 'together',
    env: { WEB_DIST: folder, PUBLIC_URL: 'https://gantry.example' },
  });
});
afterAll(async () => {
  await gantry?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${gantry.url}${path}`, { headers, redirect: 'manual' });
const HTML = { accept: 'text/html,application/xhtml+xml' };

describe('the web app', () => {
  it.each(['/', '/projects', '/sign-in?next=%2Fprojects', '/projects/proj_1/board'])(
    'is one page at %s',
    async (path) => {
      const answer = await get(path, HTML);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(await answer.text()).toContain('<title>Gantry</title>');
    },
  );

  it('keeps hashed files for ever, others are checked each time', async () => {
    const script = await get('/assets/index-abc123.js');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('content-encoding')).toBeTruthy();
    expect((await get('/icon.svg')).headers.get('cache-control')).toBe('public, max-age=0');
  });

  it('does not answer missing files with the page, nor keeps that they are missing', async () => {
    for (const path of ['/assets/gone-1.js', '/gone.png', '/api/v1/gone', '/health/gone', '/docs/gone']) {
      const answer = await get(path, HTML);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('cache-control') ?? '').not.toContain('immutable');
    }
    expect((await get('/projects', { accept: 'application/json' })).status).toBe(404);
  });

  it('does not leave its folder', async () => {
    for (const path of [
      '/assets/..%2f..%2f..%2fetc/passwd',
      '/..%2f..%2fetc/passwd.txt',
      '/%2e%2e/%2e%2e/etc/passwd.txt',
    ])
      expect([400, 403, 404, 422]).toContain((await get(path)).status);
  });

  it('gets headers that keep others out', async () => {
    const { headers } = await get('/', HTML);
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "base-uri 'none'",
    ])
      expect(policy.split('; ')).toContain(part);
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    const api = (await get('/api/v1/me')).headers;
    expect(api.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(api.get('x-content-type-options')).toBe('nosniff');
  });

  it('sets cookies only for https when that is how people come', async () => {
    const answer = await fetch(`${gantry.url}/api/v1/auth/sign-up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://gantry.example' },
      body: JSON.stringify({
        email: 'secure@example.com',
        password: 'correct horse battery',
        first_name: 'S',
      }),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^gantry\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('says so when it has not been built', async () => {
    const bare = await startTestGantry({ shape: 'together', env: { WEB_DIST: join(folder, 'nothing') } });
    try {
      const answer = await fetch(bare.url, { headers: HTML });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('has not been built');
    } finally {
      await bare.stop();
    }
  });
});

describe('the API reference', () => {
  it('lists every public route and no internal one, in OpenAPI 3.1', async () => {
    const answer = await get('/api/v1/openapi.json');
    expect(answer.headers.get('etag')).toBeTruthy();
    const document = (await answer.json()) as {
      openapi: string;
      paths: Record<
        string,
        Record<
          string,
          { operationId: string; responses: object; parameters?: { in: string; name: string }[] }
        >
      >;
    };
    expect(document.openapi).toBe('3.1.0');
    const found = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, o]) => `${o.operationId} ${method.toUpperCase()} ${path}`),
    );
    const wanted = CONTRACTS.flatMap((contract) => Object.values(contract.routes))
      .filter((route) => route.auth !== 'service')
      .map((route) => `${route.id} ${route.method} /api/v1${route.path}`);
    expect(found.toSorted()).toEqual(wanted.toSorted());
    expect(JSON.stringify(document)).not.toContain('/internal/');
    for (const [path, operations] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(operations)) {
        const described = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
        expect(described.toSorted()).toEqual(names.toSorted());
        expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
      }
    }
  });

  it('is shown at /docs from our own origin alone', async () => {
    expect((await get('/docs', HTML)).status).toBe(302);
    const page = await get('/docs/', HTML);
    const html = await page.text();
    expect(html).toContain('/api/v1/openapi.json');
    expect(html).not.toMatch(/(src|href)="https?:/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'sha256-/);
    expect(policy).toContain("default-src 'self'");
    const script = await get('/docs/js/scalar.js');
    expect(script.status).toBe(200);
    expect((await script.text()).length).toBeGreaterThan(1_000_000);
  });
});
