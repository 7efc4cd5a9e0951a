import type {
  Change,
  Client,
  EventContract,
  InputOf,
  OutputOf,
  RouteContract,
  ServiceContract,
} from '@gantry/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Bus } from './bus/bus.ts';
import type { CachePort } from './cache/cache.ts';
import type { ConfigOf, ConfigSpec, PlatformConfig } from './config.ts';
import type { Context } from './context.ts';
import type { Database } from './db/database.ts';
import type { FilePort } from './files/files.ts';
import type { TokenVerifier } from './http/tokens.ts';
import type { Transaction } from './log/transaction.ts';
import type { MailPort } from './mail/mail.ts';
import type { Logger, Metrics } from './telemetry.ts';

/** Contracts of the services a service calls, by name: the shape of `ctx.call`. */
export type Calls = Record<string, ServiceContract>;
export type ClientsOf<C extends Calls> = { [K in keyof C]: Client<C[K]['routes']> };

// biome-ignore lint/suspicious/noExplicitAny: the context of some service, whichever it calls and is configured by
export type AnyContext = Context<any, any>;

/** What a running service has at hand, outside any request. */
export interface Service<C extends Calls = Calls, S extends ConfigSpec = ConfigSpec> {
  readonly name: string;
  readonly config: ConfigOf<S>;
  readonly platform: PlatformConfig;
  /** Secret shared by all processes of this installation; derive, never send. */
  readonly secret: string;
  readonly db: Database;
  readonly bus: Bus;
  readonly cache: CachePort;
  readonly files: FilePort;
  readonly mail: MailPort;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly call: ClientsOf<C>;
  /** A context without a user: for jobs, subscribers and start-up. */
  systemContext(facts?: Partial<SystemFacts>): Context<C, S>;
  /** Where services that run in other processes are, by name; those in this process are missing. */
  readonly remotes: ReadonlyMap<string, string>;
  /** Tells the relay of this service that its outbox has something new. The kit calls it after each commit. */
  wakeRelay(): void;
  /** Verifies people's tokens, for what does not go through a route contract (sockets). */
  readonly tokens: TokenVerifier;
  /** Names of the platform's services that keep a log, wherever they run: the owners of streams. */
  readonly owners: ReadonlySet<string>;
  /** Client of another service's log: catch-up, streams and access to them. */
  logOf(service: string): LogClient;
}

export interface SystemFacts {
  requestId: string | null;
  origin: Change['origin'];
}

/** What every service with a log answers to other services. Made by the kit. */
export interface LogClient {
  /** Changes of a stream after a seq, in order. */
  read(
    stream: string,
    after: number,
    limit?: number,
  ): Promise<{ data: Change[]; meta: { stream: string; head: number; resync: boolean } }>;
  /** Streams of the service with their heads, by name after `after`. */
  streams(after: string | null): Promise<{ stream: string; seq: number }[]>;
  /** Which of these streams a person may follow, in the same order, and for how many milliseconds that may be believed. */
  access(userId: string, streams: string[]): Promise<{ allowed: boolean[]; freshForMs: number }>;
  /** The last seq of each of these streams (500 at most), in the same order; 0 for one without changes. */
  heads(streams: string[]): Promise<number[]>;
  /** The same question as `access` for many people at once (500 pairs at most). Null: cannot be said now. */
  followers(
    pairs: { userId: string; stream: string }[],
  ): Promise<{ allowed: boolean | null; freshForMs: number }[]>;
}

/** A route with its handler. */
export interface RouteHandler<C extends Calls = Calls, S extends ConfigSpec = ConfigSpec> {
  route: RouteContract;
  handle(ctx: Context<C, S>, input: never): Promise<unknown>;
}

/**
 * Binds handlers to contracts with the context type of one service:
 * `const handle = handlerFor<Ctx>(); export const routes = [handle(tasksRoutes.getTask, (ctx, { params }) => getTask(ctx, params.task_id))]`.
 * The handler of a write returns what its `ctx.write` returned, so that a repeated Idempotency-Key gets the same answer.
 * NDJSON handlers return an async iterable of lines; stream handlers read `ctx.rawBody`.
 */
export function handlerFor<Ctx extends AnyContext>() {
  return <R extends RouteContract>(
    route: R,
    handle: (
      ctx: Ctx,
      input: InputOf<R>,
    ) => Promise<R extends { raw: { response: 'ndjson' } } ? AsyncIterable<unknown> : OutputOf<R>>,
  ): RouteHandler => ({ route, handle: handle as unknown as RouteHandler['handle'] });
}

/** A durable reaction to changes of other owners (or one's own). Its effect and its place in the stream commit together. */
export interface Subscriber {
  /** Name of the consumer, unique in the service, never changed: it names the place in every stream. */
  consumer: string;
  on: readonly EventContract[];
  /** A change that still fails after every retry stops its stream for good, until an operator replays or drops it. */
  strict?: boolean;
  /** Handles one change. Does database work through `tx` only; calls to other services go through `ctx.call` before the first write. */
  handle(ctx: AnyContext, tx: Transaction, change: Change): Promise<void>;
}

/** Work that repeats while the service runs; in one process of the fleet at a time. */
export interface Job {
  name: string;
  everyMs: number;
  run(ctx: AnyContext): Promise<void>;
}

/** Who may follow a stream of this service: by the noun in its name. */
export type StreamAccess = Record<
  string,
  (ctx: AnyContext, uuid: string, userId: string) => Promise<{ allowed: boolean; freshForMs: number }>
>;

export interface ServiceDefinition {
  name: string;
  contract: ServiceContract;
  config: ConfigSpec;
  /** Folder of its own migrations; null for a service without tables. */
  migrations: URL | null;
  /** Connections in its pool. */
  pool: number;
  /** Contracts of the services it calls. */
  calls: Calls;
  routes: readonly RouteHandler[];
  subscribers?: readonly Subscriber[];
  jobs?: readonly Job[];
  streams?: StreamAccess;
  /** Extra HTTP that contracts do not describe (sockets, the gateway's proxying). Mounted on the public listener of this process. */
  plugin?(app: FastifyInstance, service: Service): Promise<void> | void;
  /** After migration and before listening; may return what to do at stop. */
  start?(service: Service): Promise<undefined | (() => Promise<void>)>;
}

/** Declares a service. All seven read the same. */
export function defineService(definition: ServiceDefinition): ServiceDefinition {
  return definition;
}

export type { FastifyReply, FastifyRequest };
