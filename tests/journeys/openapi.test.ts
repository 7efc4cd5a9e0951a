import { API_BASE, type RouteContract, routeUrl } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../services/gateway/contracts.ts';
import { type Shape, startTestGantry, type TestGantry } from '../setup/gantry.ts';
import { type Schema, sampleObject } from './sample.ts';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; security?: unknown[]; responses: object }>>;
}

const ROUTES = CONTRACTS.flatMap((contract) => Object.values(contract.routes) as RouteContract[]);
const PUBLIC = ROUTES.filter((route) => route.auth !== 'service');
const LOG_ROUTES = ['log', 'streams', 'streams/access', 'streams/heads', 'streams/followers'];

describe.each<Shape>(['together', 'apart'])('the public door, services %s', (shape) => {
  let gantry: TestGantry;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape });
  });
  afterAll(() => gantry?.stop());

  function request(route: RouteContract, headers: Record<string, string> = {}): Promise<Response> {
    const params = sampleObject((route.params ?? {}) as Schema, {}, () => true);
    const query = sampleObject((route.query ?? {}) as Schema, {}, () => false);
    const hasBody = route.body !== undefined || route.raw?.body !== undefined;
    return fetch(gantry.url + routeUrl(route, { params, query }), {
      method: route.method,
      headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
      ...(hasBody && { body: JSON.stringify(sampleObject((route.body ?? {}) as Schema, {}, () => false)) }),
    });
  }

  test('describes every public route of every contract, and no other', async () => {
    const answer = await fetch(`${gantry.url}${API_BASE}/openapi.json`);
    expect(answer.status).toBe(200);
    const document = (await answer.json()) as Document;
    expect(document.openapi).toMatch(/^3\.1\./);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
      ),
    );
    const contracted = PUBLIC.map((route) => `${route.method} ${API_BASE}${route.path} ${route.id}`);
    expect(described.sort()).toEqual(contracted.sort());
    for (const route of PUBLIC) {
      const operation = document.paths[API_BASE + route.path]?.[route.method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {}), route.id).toContain(String(route.status));
      if (route.auth === 'none') expect(operation?.security, route.id).toEqual([]);
    }
  });

  test('asks everybody without credentials to sign in, save where the contract says none is needed', async () => {
    const forged = { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' };
    for (const route of PUBLIC) {
      for (const headers of [{}, forged]) {
        const answer = await request(route, headers);
        const text = await answer.text();
        if (route.auth === 'none') expect(answer.status, `${route.id} ${text}`).toBeLessThan(500);
        else {
          expect(answer.status, `${route.id} ${text}`).toBe(401);
          expect(answer.headers.get('content-type')).toContain('application/problem+json');
          expect(JSON.parse(text)).toMatchObject({ status: 401, code: 'unauthenticated' });
        }
      }
    }
  });

  test('knows no internal route, whoever asks', async () => {
    const ada = await gantry.signUp();
    const internal = [
      ...ROUTES.filter((route) => route.auth === 'service').map((route) => ({
        method: route.method as string,
        path: route.path.replace(/\{(\w+)\}/g, ada.user.id),
      })),
      ...['users', 'projects', 'tasks'].flatMap((service) =>
        LOG_ROUTES.map((path) => ({ method: 'GET', path: `/internal/${service}/${path}` })),
      ),
      { method: 'GET', path: '/internal/users/jwks' },
    ];
    const doors: Record<string, string>[] = [
      {},
      { cookie: ada.cookie, origin: gantry.url },
      { authorization: `Bearer ${await ada.token()}` },
    ];
    for (const { method, path } of internal) {
      for (const prefix of ['', API_BASE, '/%69nternal/..']) {
        for (const headers of doors) {
          const answer = await fetch(gantry.url + prefix + path, { method, headers });
          await answer.text();
          expect(answer.status, `${method} ${prefix}${path}`).toBe(404);
        }
      }
    }
  });

  test('answers in problem+json for what does not exist', async () => {
    const answer = await fetch(`${gantry.url}${API_BASE}/no-such-thing`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 404, code: 'not_found' });
  });
});
