import type { Static, TSchema } from 'typebox';
import type { CommonErrorCode, ErrorSpec } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * What a route is, on both sides of the border. Validation, response filtering, the typed client and OpenAPI
 * are derived from it.
 */
export interface RouteContract {
  /** operationId: `verbNoun`, unique over the platform. */
  id: string;
  method: Method;
  /** Path below the base, parameters in braces: `/projects/{project_id}/tasks`. */
  path: string;
  summary: string;
  /** `user`: a signed-in person or key (default). `none`: open to anyone. `service`: other services only, never through the gateway. */
  auth?: 'user' | 'none' | 'service';
  /**
   * What an API key needs to be let in. Left out: the owner's read scope for GET, else its write scope. `session`:
   * no key at all, only somebody signed in.
   */
  scope?: 'session';
  params?: TSchema;
  query?: TSchema;
  body?: TSchema;
  /** Schema of the successful answer; leave out for 204. */
  response?: TSchema;
  /** Status of the successful answer: 200, 201, 202 or 204. */
  status: 200 | 201 | 202 | 204;
  /** The body is not JSON in or out: `stream` gives the handler the raw request, `ndjson` streams lines out. */
  raw?: { body?: 'stream'; response?: 'ndjson' };
  /** Largest body in bytes; 1 MiB unless said. */
  bodyLimit?: number;
  /** Codes this route may answer, beside the common ones. */
  errors?: Record<string, ErrorSpec>;
  /** Common codes worth documenting here. */
  also?: readonly CommonErrorCode[];
  /** Answers are the same for everybody and may be cached by the gateway for at most 750 ms. */
  public?: boolean;
  /** The answer is a secret (a token): it is never stored, so an Idempotency-Key has no effect here. */
  secret?: boolean;
}

type Infer<T> = T extends TSchema ? Static<T> : undefined;

/** Everything a handler gets from a request and a client has to give. */
export type InputOf<R extends RouteContract> = {
  params: Infer<R['params']>;
  query: Infer<R['query']>;
  body: Infer<R['body']>;
};
export type OutputOf<R extends RouteContract> = Infer<R['response']>;

/** Declares a route. Keeps the literal types, checks the shape. */
export function defineRoute<const R extends RouteContract>(route: R): R {
  return route;
}

/** The routes of one owner, by their id. */
export type Routes = Record<string, RouteContract>;

/** What one service shows others: its name, routes, events and errors. */
export interface ServiceContract {
  name: string;
  routes: Routes;
}

export function defineContract<const C extends ServiceContract>(contract: C): C {
  return contract;
}

export const API_BASE = '/api/v1';
