import type { Problem } from './errors.ts';
import { API_BASE, type InputOf, type OutputOf, type RouteContract, type Routes } from './route.ts';

/** An answer that is not a success, as problem+json. `status` 0: no answer came (network, server gone). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  /** Seconds to wait before trying again, from Retry-After. */
  readonly retryAfter: number | null;
  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

type Present<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] };
type Loose<T> = { [K in keyof T]: T[K] };

export interface CallOptions {
  /** Repeats of a write with the same key have one effect. */
  idempotencyKey?: string;
  /** Refuse the write (412) unless this is still the ETag. */
  ifMatch?: string;
  /** The client's own id of the write; comes back as `mutation_id` in the log. */
  mutationId?: string;
  signal?: AbortSignal;
  /** For routes that take a raw body. */
  rawBody?: BodyInit;
  headers?: Record<string, string>;
}

type Call<R extends RouteContract> = (
  input: Loose<Present<InputOf<R>>>,
  options?: CallOptions,
) => Promise<R['raw'] extends { response: 'ndjson' } ? Response : OutputOf<R>>;

/** The typed client of some routes: one function a route, by its id. */
export type Client<R extends Routes> = { [K in keyof R]: Call<R[K]> };

export interface ClientOptions {
  /** Where the gateway is, without the API base: `http://localhost:3000`, or '' in the browser. */
  baseUrl: string;
  fetch?: typeof fetch;
  /** Sent with every call, such as authorization. */
  headers?: () => Record<string, string>;
}

/** Path of a route with its parameters and query filled in, API base included. */
export function routeUrl(route: RouteContract, input: { params?: unknown; query?: unknown }): string {
  const params = (input.params ?? {}) as Record<string, string>;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const text = query.toString();
  return `${route.auth === 'service' ? '' : API_BASE}${path}${text ? `?${text}` : ''}`;
}

/**
 * Makes the typed client of these routes. Every call returns the parsed answer (undefined for 204, the Response
 * itself for NDJSON routes) or throws ApiProblem.
 */
export function createClient<const R extends Routes>(routes: R, options: ClientOptions): Client<R> {
  const doFetch = options.fetch ?? fetch;
  const call = async (route: RouteContract, input: Record<string, unknown>, call: CallOptions = {}) => {
    const headers: Record<string, string> = {
      accept: 'application/json',
      ...options.headers?.(),
      ...call.headers,
    };
    if (call.idempotencyKey) headers['idempotency-key'] = call.idempotencyKey;
    if (call.ifMatch) headers['if-match'] = call.ifMatch;
    if (call.mutationId) headers['x-mutation-id'] = call.mutationId;
    let body: BodyInit | undefined = call.rawBody;
    if (input.body !== undefined) {
      headers['content-type'] = 'application/json';
      body = JSON.stringify(input.body);
    } else if (body !== undefined && headers['content-type'] === undefined)
      headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await doFetch(options.baseUrl + routeUrl(route, input), {
        method: route.method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(call.signal ? { signal: call.signal } : {}),
      });
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new ApiProblem({
        type: 'about:blank',
        title: 'No connection',
        status: 0,
        code: 'network',
        detail: 'The server could not be reached. Nothing is lost; try again.',
      });
    }
    if (!response.ok) throw await problemOf(response);
    if (route.raw?.response === 'ndjson') return response;
    if (response.status === 204) return undefined;
    return response.json();
  };
  return Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [
      name,
      (input: Record<string, unknown>, o?: CallOptions) => call(route, input ?? {}, o),
    ]),
  ) as unknown as Client<R>;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const retry = Number(response.headers.get('retry-after') ?? Number.NaN);
  const fallback: Problem = {
    type: 'about:blank',
    title: 'The request failed',
    status: response.status,
    code: 'http_error',
    detail: `The server answered ${response.status}.`,
  };
  const text = await response.text().catch(() => '');
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // A proxy in between may answer with HTML; the status is all there is to say.
  }
  const isProblem =
    typeof parsed === 'object' && parsed !== null && typeof (parsed as Problem).code === 'string';
  return new ApiProblem(isProblem ? (parsed as Problem) : fallback, Number.isFinite(retry) ? retry : null);
}
