import type { RouteContract } from '@gantry/contracts';
import fastJson from 'fast-json-stringify';
import { fail } from '../errors.ts';
import type { AnyContext, RouteHandler } from '../service.ts';
import { compile, fieldsOf, type Part, type Validate } from './validate.ts';

/** A route compiled once: checks what comes in, filters what goes out. The same for HTTP and for calls in process. */
export interface CompiledRoute {
  route: RouteContract;
  handle(ctx: AnyContext, input: RouteInput): Promise<unknown>;
  /** Validates in place (defaults, coercion of address parameters). Throws `invalid_request` with every wrong field. */
  check(input: RouteInput): void;
  /** The answer as JSON text, only with the fields of the contract. Undefined for 204. */
  serialize(output: unknown): string | undefined;
}

export interface RouteInput {
  params: unknown;
  query: unknown;
  body: unknown;
}

export function compileRoute(handler: RouteHandler): CompiledRoute {
  const { route } = handler;
  const checks: [Part, Validate][] = [];
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = route[part];
    if (schema) checks.push([part, compile(part, schema)]);
  }
  const takesQuery = route.query !== undefined;
  const stringify = route.response && !route.raw?.response ? fastJson(plain(route.response) as never) : null;
  return {
    route,
    handle: handler.handle as unknown as CompiledRoute['handle'],
    check(input) {
      if (route.body && input.body === undefined)
        throw fail('invalid_request', { detail: 'Send a JSON body.' });
      let fields: ReturnType<typeof fieldsOf> | null = null;
      for (const [part, validate] of checks) {
        if (!validate(input[part])) fields = [...(fields ?? []), ...fieldsOf(part, validate.errors ?? [])];
      }
      if (!takesQuery && input.query && Object.keys(input.query).length > 0) {
        const names = Object.keys(input.query).slice(0, 20);
        fields = [
          ...(fields ?? []),
          ...names.map((name) => ({
            path: `query/${name.slice(0, 100)}`,
            code: 'additionalProperties',
            message: 'There is no such parameter here.',
          })),
        ];
      }
      if (fields) throw fail('invalid_request', { fields });
    },
    serialize: (output) => (stringify ? stringify(output) : undefined),
  };
}

/** Without TypeBox's hidden properties, and without our formats, which the serialiser would want to know. */
function plain(schema: object): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'format' && typeof value === 'string' ? undefined : value,
    ),
  );
}
