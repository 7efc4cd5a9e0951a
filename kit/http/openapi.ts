import {
  API_BASE,
  COMMON_ERRORS,
  type CommonErrorCode,
  Problem,
  type RouteContract,
  type ServiceContract,
} from '@gantry/contracts';

/** The OpenAPI 3.1 document of these contracts; routes between services are left out. */
export function openApi(
  contracts: readonly ServiceContract[],
  info: { title: string; version: string; description: string },
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const contract of contracts) {
    for (const route of Object.values(contract.routes)) {
      if (route.auth === 'service') continue;
      const path = API_BASE + route.path;
      paths[path] ??= {};
      (paths[path] as Record<string, object>)[route.method.toLowerCase()] = operation(contract.name, route);
    }
  }
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: contracts.map(({ name }) => ({ name })),
    security: [{ session: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'gantry.session_token',
          description: 'Set by POST /auth/sign-in.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (gk_…), or a token from POST /auth/token.',
        },
      },
      schemas: { Problem },
    },
  };
}

function operation(tag: string, route: RouteContract): object {
  const parameters = [
    ...parametersOf('path', route.params),
    ...parametersOf('query', route.query),
    ...(route.method === 'GET'
      ? []
      : [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: 'Repeats with the same key have one effect, for 30 days.',
            schema: { type: 'string', maxLength: 255 },
          },
        ]),
  ];
  const media = route.raw?.response === 'ndjson' ? 'application/x-ndjson' : 'application/json';
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [tag],
    ...(route.auth === 'none' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body || route.raw?.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: route.body ?? {} } } } }
      : {}),
    responses: {
      [route.status]: {
        description: 'Done.',
        ...(route.response || route.raw?.response
          ? { content: { [media]: { schema: route.response ?? {} } } }
          : {}),
      },
      ...errorsOf(route),
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: unknown): object[] {
  const s = schema as
    | { properties?: Record<string, { description?: string }>; required?: string[] }
    | undefined;
  return Object.entries(s?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (s?.required?.includes(name) ?? false),
    ...(property.description ? { description: property.description } : {}),
    schema: property,
  }));
}

function errorsOf(route: RouteContract): Record<string, object> {
  const common: CommonErrorCode[] = [
    'invalid_request',
    'unavailable',
    ...(route.auth === 'none' ? [] : (['unauthenticated', 'not_found'] as const)),
    ...(route.method === 'GET'
      ? []
      : (['forbidden', 'idempotency_key_reused', 'precondition_failed'] as const)),
    ...(route.also ?? []),
  ];
  const byStatus = new Map<number, string[]>();
  const add = (code: string, status: number) => byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  for (const code of common) add(code, COMMON_ERRORS[code].status);
  for (const [code, spec] of Object.entries(route.errors ?? {})) add(code, spec.status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: `Codes: ${[...new Set(codes)].join(', ')}.`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
