import { API_BASE, newId, type RouteContract } from '@gantry/contracts';
import fc, { type Arbitrary } from 'fast-check';
import { allowed, hostile, type Ids, nearly, type Schema } from './values.ts';

export interface FuzzRequest {
  route: RouteContract;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** Headers that say who asks, for better or worse. */
export type Credentials = () => Record<string, string>[];

const weighted = <T>(...pairs: [number, Arbitrary<T>][]) =>
  fc.oneof(...pairs.map(([weight, arbitrary]) => ({ weight, arbitrary })));

function schemaOf(part: unknown): Schema {
  return (part ?? { type: 'object' }) as Schema;
}

/** Any text as a part of an address, broken characters and all. */
function escaped(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return encodeURIComponent(text.toWellFormed()).slice(0, 3_000);
}

const BROKEN_SEGMENTS = [
  '%ff',
  '%E0%A4%A',
  '%00',
  '%',
  '..',
  '.',
  '%2e%2e%2f',
  '',
  '*',
  ':id',
  '%0d%0aSet-Cookie:a',
];

function pathOf(route: RouteContract, ids: Ids): Arbitrary<string> {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string);
  const properties = schemaOf(route.params).properties ?? {};
  const segment = (name: string): Arbitrary<string> =>
    weighted(
      [14, allowed(properties[name] ?? {}, ids).map(escaped)],
      [2, hostile.map(escaped)],
      [1, fc.constantFrom(...BROKEN_SEGMENTS)],
    );
  return fc.tuple(...names.map(segment)).map((segments) => {
    let n = 0;
    return route.path.replace(/\{\w+\}/g, () => segments[n++] as string);
  });
}

function queryOf(route: RouteContract, ids: Ids): Arbitrary<string> {
  const schema = schemaOf(route.query);
  const asText = (values: unknown) =>
    Object.entries((values ?? {}) as Record<string, unknown>)
      .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
      .join('&');
  const good = route.query ? allowed(schema, ids).map(asText) : fc.constant('');
  return weighted(
    [30, good],
    [3, nearly(schema, ids).map(asText)],
    [1, good.map((text) => `${text}&${text}`)],
    [
      1,
      fc.constantFrom(
        'limit=1&limit=2',
        'page=99999999999999999999',
        'cursor=AAAA',
        'a[b]=c',
        '%',
        '=&=',
        'sort=__proto__',
        `x=${'y'.repeat(5_000)}`,
      ),
    ],
  );
}

const BROKEN_BODIES = [
  '',
  '{',
  '[1,2',
  'null',
  '"text"',
  '1',
  '\ufeff{}',
  '{"title":"a\\ud800"}',
  '{"__proto__":{"a":1}}',
  '{"a":1,"a":2}',
  '{"title":1e9999}',
  `{"title":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  `{"title":"${'x'.repeat(1_200_000)}"}`,
  `[${'1,'.repeat(50_000)}1]`,
].map((text) => Buffer.from(text));
const NOT_UTF8 = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);

function bodyOf(route: RouteContract, ids: Ids): Arbitrary<Buffer | null> {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? 'null');
  const broken = fc.constantFrom<Buffer | null>(...BROKEN_BODIES, NOT_UTF8);
  if (!route.body)
    return route.raw?.body
      ? weighted<Buffer | null>([2, broken], [1, fc.jsonValue().map(json)])
      : weighted<Buffer | null>([12, fc.constant(null)], [1, broken]);
  const schema = schemaOf(route.body);
  return weighted<Buffer | null>(
    [9, allowed(schema, ids).map(json)],
    [7, nearly(schema, ids).map(json)],
    [2, hostile.map(json)],
    [1, broken],
    [1, fc.constant(null)],
  );
}

const KEYS = Array.from({ length: 20 }, () => newId('batch'));
const ODD_HEADERS: Arbitrary<Record<string, string>> = fc.constantFrom<Record<string, string>>(
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': '/' },
  { 'content-type': 'application/json;'.repeat(50) },
  { 'content-encoding': 'gzip' },
  { 'accept-encoding': 'br;q=1.0, *;q=0' },
  { accept: 'text/html' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'x'.repeat(300) },
  { 'idempotency-key': 'ä' },
  { 'if-match': '"v1.x"' },
  { 'if-match': '*' },
  { 'if-match': ',,,"' },
  { 'if-none-match': '*' },
  { 'x-mutation-id': '"><' },
  { 'x-request-id': 'same-request-id' },
  { 'x-request-id': '%' },
  { 'x-forwarded-for': '1.2.3.4, evil' },
  { 'x-forwarded-host': 'evil.example' },
  { 'x-gantry-origin': 'system' },
  { 'x-http-method-override': 'DELETE' },
  { range: 'bytes=0-1' },
  { origin: 'https://evil.example' },
  { cookie: 'gantry.session_token=x; a=%' },
  { host: 'evil.example' },
  { expect: '100-continue' },
  { upgrade: 'websocket', connection: 'upgrade' },
  { 'transfer-encoding': 'chunked' },
);

export function requestOf(route: RouteContract, ids: Ids, credentials: Credentials): Arbitrary<FuzzRequest> {
  return fc
    .record({
      path: pathOf(route, ids),
      query: queryOf(route, ids),
      body: bodyOf(route, ids),
      who: fc.noBias(fc.nat()),
      key: weighted<string | null>(
        [3, fc.constant(null)],
        [1, fc.constantFrom(...KEYS)],
        [1, fc.constant('new')],
      ),
      odd: weighted<Record<string, string>>([5, fc.constant({})], [1, ODD_HEADERS]),
      method: weighted<string>(
        [30, fc.constant(route.method)],
        [1, fc.constantFrom('PUT', 'OPTIONS', 'HEAD', 'DELETE', 'PATCH', 'GET')],
      ),
    })
    .map(({ path, query, body, who, key, odd, method }) => {
      const all = credentials();
      // Mostly as somebody who may; only the second person is ever signed out.
      const credential = route.id === 'signOut' ? all[1] : all[who % 3 > 0 ? 0 : who % all.length];
      return {
        route,
        method,
        path: `${API_BASE}${path}${query ? `?${query}` : ''}`,
        headers: {
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(credential ?? {}),
          ...(key ? { 'idempotency-key': key === 'new' ? newId('batch') : key } : {}),
          ...odd,
        },
        body: ['GET', 'HEAD'].includes(method) ? null : body,
      };
    });
}
