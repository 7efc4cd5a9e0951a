import { ApiProblem, type Client, createClient, type RouteContract, type Routes } from '@gantry/contracts';
import { Agent, fetch as undiciFetch } from 'undici';
import { Context, type RuntimeHooks } from './context.ts';
import { type AppError, asAppError, fail, problemFor } from './errors.ts';

import type { CompiledRoute } from './http/route.ts';
import type { Service } from './service.ts';

/** What `unavailable` says in Retry-After over HTTP. */
export const RETRY_AFTER_S = 2;

/** A service of this process with its compiled routes, as its neighbours call it. */
export interface LocalService {
  service: Service;
  routes: ReadonlyMap<string, CompiledRoute>;
}

/**
 * Client of a service in this process. The same as over HTTP: input is copied and validated, the callee uses its
 * own connection, the answer is filtered by the contract and copied, expected errors arrive as ApiProblem.
 */
export function localClient<R extends Routes>(
  routes: R,
  caller: string,
  callee: () => LocalService | undefined,
  hooks: RuntimeHooks,
): Client<R> {
  const call = async (route: RouteContract, given: Record<string, unknown>) => {
    const local = callee();
    const compiled = local?.routes.get(route.id);
    if (!local || !compiled) throw asProblem(fail('unavailable'));
    try {
      const body = given.body === undefined ? undefined : (JSON.parse(JSON.stringify(given.body)) as unknown);
      const input = { params: asText(given.params), query: asText(given.query), body };
      compiled.check(input);
      const ctx = new Context(local.service, internalFacts(caller), hooks) as unknown as Context<
        never,
        never
      >;
      const text = compiled.serialize(await compiled.handle(ctx, input));
      return text === undefined ? undefined : JSON.parse(text);
    } catch (error) {
      const known = asAppError(error);
      if (known) throw asProblem(known);
      local.service.log.error({
        event: 'request_failed',
        route: route.id,
        caller,
        reason: (error as Error).message,
        stack: (error as Error).stack,
      });
      throw asProblem(fail('internal_error'));
    }
  };
  return Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [
      name,
      (input: Record<string, unknown>) => call(route, input ?? {}),
    ]),
  ) as unknown as Client<R>;
}

function asProblem(error: AppError): ApiProblem {
  return new ApiProblem(problemFor(error), error.code === 'unavailable' ? RETRY_AFTER_S : null);
}

/** Parameters as an address carries them: text, and what is not there left out. */
function asText(values: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  );
}

export function internalFacts(caller: string | null) {
  return {
    principal: null,
    caller,
    requestId: null,
    origin: 'system' as const,
    mutationId: null,
    ifMatch: null,
    idempotency: null,
    request: null,
    reply: null,
  };
}

/** One pool of connections for all calls between services of a process. */
export function serviceAgent(): Agent {
  return new Agent({
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: { timeout: 2_000 },
    headersTimeout: 10_000,
    bodyTimeout: 30_000,
  });
}

/** Client of a service in another process, over HTTP with a service token. A read that finds no server is tried once more. */
export function remoteClient<R extends Routes>(
  routes: R,
  baseUrl: string,
  callee: string,
  tokenFor: (callee: string) => Promise<string>,
  agent: Agent,
): Client<R> {
  const withToken = async (url: string | URL | Request, init: RequestInit = {}) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      authorization: `Bearer ${await tokenFor(callee)}`,
    };
    return undiciFetch(String(url), {
      ...init,
      headers,
      dispatcher: agent,
    } as never) as unknown as Promise<Response>;
  };
  const once = createClient(routes, { baseUrl, fetch: withToken as typeof fetch }) as Record<
    string,
    (input: unknown, options?: unknown) => Promise<unknown>
  >;
  return Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [
      name,
      async (input: unknown, options?: unknown) => {
        const call = once[name] as (input: unknown, options?: unknown) => Promise<unknown>;
        try {
          return await call(input, options);
        } catch (error) {
          if (!(error instanceof ApiProblem) || error.status !== 0) throw error;
          if (route.method !== 'GET') throw asProblem(fail('unavailable'));
          await new Promise((resolve) => setTimeout(resolve, 50));
          return call(input, options).catch((again: unknown) => {
            throw again instanceof ApiProblem && again.status === 0 ? asProblem(fail('unavailable')) : again;
          });
        }
      },
    ]),
  ) as unknown as Client<R>;
}
